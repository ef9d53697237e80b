//! Who is connected, in a log that says so only where a session begins.

use hashbrown::HashMap;
use slowlog_digest::Actors;
use slowlog_event::{Actor, ActorId, Session};

/// Sessions that are remembered; past it all are forgotten, since the log has lost their ends.
const MOST_SESSIONS: usize = 65_536;

/// The names of the sessions of one log.
#[derive(Debug, Default)]
pub(crate) struct Speakers {
    sessions: HashMap<Session, Speaker, foldhash::fast::RandomState>,
}

/// What a session has said of itself.
#[derive(Debug, Default)]
struct Speaker {
    user: Option<Box<[u8]>>,
    client: Option<Box<[u8]>>,
    database: Option<Box<[u8]>>,
    /// The actor of an entry, and who that is with the names from here.
    resolved: Option<(ActorId, ActorId)>,
}

impl Speakers {
    pub(crate) fn clear(&mut self) {
        self.sessions.clear();
    }

    /// A session has begun.
    pub(crate) fn connected(&mut self, session: Session, actor: &Actor<'_>) {
        if self.sessions.len() >= MOST_SESSIONS {
            self.sessions.clear();
        }
        let [user, client, database] =
            [actor.user, actor.client, actor.database].map(|name| name.map(Box::from));
        self.sessions.insert(session, Speaker { user, client, database, resolved: None });
    }

    /// A session has chosen another schema.
    pub(crate) fn chosen(&mut self, session: Session, database: Option<&[u8]>) {
        if !self.sessions.contains_key(&session) {
            self.connected(session, &Actor::default());
        }
        if let Some(speaker) = self.sessions.get_mut(&session) {
            speaker.database = database.map(Box::from);
            speaker.resolved = None;
        }
    }

    pub(crate) fn disconnected(&mut self, session: Session) {
        self.sessions.remove(&session);
    }

    /// Who has written an entry: its own actor, with the names of its session where it has none.
    #[inline]
    pub(crate) fn actor(
        &mut self,
        session: Session,
        own: ActorId,
        names: &Actor<'_>,
        actors: &mut Actors,
    ) -> ActorId {
        let Some(speaker) = self.sessions.get_mut(&session) else { return own };
        if let Some((known, resolved)) = speaker.resolved
            && known == own
        {
            return resolved;
        }
        let resolved = actors.id(&Actor {
            user: names.user.or(speaker.user.as_deref()),
            client: names.client.or(speaker.client.as_deref()),
            database: names.database.or(speaker.database.as_deref()),
            application: names.application,
        });
        speaker.resolved = Some((own, resolved));
        resolved
    }
}
