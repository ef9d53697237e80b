//! What the general query log says: commands as they come in, without a time that they took.

mod head;
mod reader;
#[cfg(test)]
mod tests;

use memchr::{memmem, memrchr};
use slowlog_event::{Actor, Body, Statement, Step};

pub(crate) use head::{
    begins_general_log, first_and_last_general_stamp, first_general_entry, is_general_log,
    last_general_entry,
};
pub use reader::GeneralLogReader;

/// Hands over what a command with its argument says.
///
/// A statement that was prepared is one when it is executed. SQL's own `EXECUTE` is followed by an
/// entry with the statement that it runs, which is the one that counts.
pub(super) fn bodies<'a>(
    command: &[u8],
    argument: &'a [u8],
    actor: Actor<'a>,
    mut sink: impl FnMut(Actor<'a>, Body<'a>),
) {
    match command {
        b"Query" | b"Execute" => {
            let is_execute = command == b"Query" && first_word_is(argument, b"EXECUTE");
            if argument.is_empty() || is_execute {
                return;
            }
            sink(actor, statement(argument));
            if let Some(database) = used(argument) {
                sink(Actor { database: Some(database), ..actor }, Body::SchemaChosen);
            }
        }
        b"Connect" | b"Change user" => {
            let Some(who) = who(argument) else { return };
            let actor = Actor {
                user: who.user.or(actor.user),
                database: who.database,
                client: who.client.or(actor.client),
                ..actor
            };
            sink(actor, Body::Connected);
        }
        b"Init DB" => {
            let database = Some(argument).filter(|name| !name.is_empty());
            sink(Actor { database, ..actor }, Body::SchemaChosen);
        }
        b"Quit" => sink(actor, Body::Disconnected { lasted: None }),
        _ => {}
    }
}

fn statement(text: &[u8]) -> Body<'_> {
    Body::Statement(Statement {
        step: Step::Simple,
        duration: None,
        text,
        parameters: None,
        prepared: None,
    })
}

fn first_word_is(text: &[u8], word: &[u8]) -> bool {
    let Some((start, rest)) = text.trim_ascii_start().split_at_checked(word.len()) else {
        return false;
    };
    start.eq_ignore_ascii_case(word) && rest.first().is_some_and(u8::is_ascii_whitespace)
}

/// The name of `USE name`.
fn used(text: &[u8]) -> Option<&[u8]> {
    let text = text.trim_ascii();
    let name = first_word_is(text, b"USE").then(|| text[3..].trim_ascii())?;
    let name = name.strip_suffix(b";").map_or(name, <[u8]>::trim_ascii_end);
    let name = match name {
        [b'`', name @ .., b'`'] => name,
        _ => name,
    };
    (!name.is_empty()).then_some(name)
}

/// Who connects.
#[derive(Debug, PartialEq, Eq)]
struct Who<'a> {
    user: Option<&'a [u8]>,
    client: Option<&'a [u8]>,
    database: Option<&'a [u8]>,
}

/// Parts `user@host on database using Socket`; older servers end behind the database, and an
/// anonymous one is `user@host as anonymous on database`. A refusal names nobody in this form.
fn who(argument: &[u8]) -> Option<Who<'_>> {
    let on = memmem::find(argument, b" on ")
        .or_else(|| argument.strip_suffix(b" on").map(<[u8]>::len))?;
    let who = &argument[..on];
    let who = who.strip_suffix(b" as anonymous").unwrap_or(who);
    let at = memrchr(b'@', who)?;
    let database = argument.get(on + 4..).unwrap_or_default();
    let end = memmem::rfind(database, b" using ").or(database.starts_with(b"using ").then_some(0));
    let name = |name| Some(name).filter(|name: &&[u8]| !name.is_empty());
    Some(Who {
        user: name(&who[..at]),
        client: name(&who[at + 1..]),
        database: name(database[..end.unwrap_or(database.len())].trim_ascii()),
    })
}
