//! Who sent a statement, as the logs of MySQL name them.

use memchr::memchr;

use super::head::split_user;

/// Parts `account[login] @ host [address]  Id: 3` into the user, the client and the rest. The
/// account is the one whose privileges count; it is empty for the anonymous one and for threads of
/// the server.
#[inline]
#[expect(clippy::type_complexity, reason = "two names and what follows them")]
pub(super) fn account_and_client(value: &[u8]) -> Option<(Option<&[u8]>, Option<&[u8]>, &[u8])> {
    let (name, rest) = split_user(value)?;
    let (account, login) = account_and_login(name.trim_ascii_start())?;
    let open = memchr(b'[', rest)?;
    let close = memchr(b']', &rest[open..])?;
    let (host, address) = (rest[..open].trim_ascii(), &rest[open + 1..open + close]);
    let user = [account, login].into_iter().find(|name| !name.is_empty());
    let client = [host, address].into_iter().find(|name| !name.is_empty());
    Some((user, client, &rest[open + close + 1..]))
}

/// Parts `account[login`. Names may have brackets: mostly both are the same, which tells where the
/// one between them stands.
fn account_and_login(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let halves = name.split_at_checked(name.len() / 2);
    let same = halves.filter(|(account, rest)| rest.strip_prefix(b"[") == Some(account));
    let bracket = same.map(|(account, _)| account.len()).or_else(|| memchr(b'[', name))?;
    Some((&name[..bracket], &name[bracket + 1..]))
}
