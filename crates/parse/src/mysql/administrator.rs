//! Commands of the protocol that are no statements.

use std::borrow::Cow;

/// The commands, by the names that the server has for them (`Command_names` in
/// `sql/sql_parse.cc`), but for those that are statements as well.
const COMMANDS: [&[u8]; 24] = [
    b"Sleep",
    b"Quit",
    b"Init DB",
    b"Field List",
    b"Create DB",
    b"Drop DB",
    b"Refresh",
    b"Statistics",
    b"Processlist",
    b"Connect",
    b"Debug",
    b"Ping",
    b"Change user",
    b"Binlog Dump",
    b"Table Dump",
    b"Connect Out",
    b"Register Slave",
    b"Prepare",
    b"Long Data",
    b"Close stmt",
    b"Reset stmt",
    b"Set option",
    b"Daemon",
    b"Reset Connection",
];

/// The text of a slow entry as the log file has it: there a mark tells a command from a statement,
/// in the table nothing does.
pub(super) fn administrator_command(text: &[u8]) -> Cow<'_, [u8]> {
    if COMMANDS.contains(&text) {
        return [b"administrator command: ", text].concat().into();
    }
    text.into()
}
