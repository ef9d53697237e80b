//! Statements seen before, but for their literals: no need to read them token by token.
//!
//! Programs send the same statements again and again with other literals. The trie holds the
//! bytes of seen statements between their literals, and the normalised text at their ends. A
//! statement that runs through it to an end has the same tokens as the one that made the path,
//! because a literal is stepped over only where one stood, by the lexer's own rules, and no byte
//! of a literal changes how the rest is read. Anything else is left to [`crate::pass`]; both give
//! the same bytes, which the tests hold against each other.

use slowlog_event::{Dialect, Literal};
use slowlog_lex::{Lexer, TokenKind, comment_end, number_end, string_end};

use crate::literals::{Literals, number};

/// A longer statement, one with more text outside its literals or with more literals is rarely
/// sent twice.
const MAX_STATEMENT_BYTES: usize = 1024 * 1024;
const MAX_FIXED_BYTES: usize = 8 * 1024;
const MAX_SLOTS: usize = 128;
/// Beyond these the trie begins anew.
const MAX_NODES: usize = 16 * 1024;
const MAX_BYTES: usize = 2 * 1024 * 1024;
/// How many statements are not learned after a trie that was of little use.
const PAUSE: u32 = 64 * 1024;

/// Bytes that all statements below share, and what may follow them. Nodes stand in one buffer, each
/// with its bytes behind it, so that a step through the trie waits for memory but once.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    len: u16,
    /// How many ways lead on.
    ways: u16,
    /// The entry of the statement that ends here, counted from 1.
    end: u32,
    /// The only way. If there are several: where they begin among all ways as its node, and for
    /// how many there is room as its label.
    way: Way,
}

/// Bytes of a node before its segment.
const NODE_BYTES: usize = 14;
/// The node that every statement begins at.
const ROOT: u32 = 0;

impl Node {
    #[inline]
    fn read(bytes: &[u8; NODE_BYTES]) -> Self {
        let two = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let four = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        let way = Way { label: two(8), node: four(10) };
        Self { len: two(0), ways: two(2), end: four(4), way }
    }

    fn write(self) -> [u8; NODE_BYTES] {
        let mut bytes = [0; NODE_BYTES];
        bytes[..2].copy_from_slice(&self.len.to_le_bytes());
        bytes[2..4].copy_from_slice(&self.ways.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.end.to_le_bytes());
        bytes[8..10].copy_from_slice(&self.way.label.to_le_bytes());
        bytes[10..].copy_from_slice(&self.way.node.to_le_bytes());
        bytes
    }

    #[inline]
    fn ways<'t>(&'t self, all: &'t [Way]) -> &'t [Way] {
        match self.ways {
            0 => &[],
            1 => std::slice::from_ref(&self.way),
            len => &all[self.way.node as usize..][..usize::from(len)],
        }
    }
}

/// What leads from a node to another: a byte, which is the first of the other's segment, or one of
/// the labels below. Those come first among the ways of a node.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    label: u16,
    node: u32,
}

/// A number.
const NUMBER: u16 = 256;
/// A string in which backslashes are bytes like others.
const STRING: u16 = 257;
/// A string in which they escape.
const ESCAPED: u16 = 258;
/// A comment that says nothing.
const COMMENT: u16 = 259;

/// A normalised text and where its literals come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    text: u32,
    text_len: u32,
    values: u32,
    values_len: u32,
    /// Where its fixed literals begin.
    fixed: u32,
    pub(crate) statements: u32,
}

/// Where a literal comes from: a slot of the statement, or the fixed ones of the entry.
#[derive(Clone, Copy, Debug)]
struct Value {
    kind: ValueKind,
    place: u8,
}

#[derive(Clone, Copy, Debug)]
enum ValueKind {
    /// A parameter or a word: the same in each statement.
    Fixed,
    String,
    Number,
    Negative,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SlotKind {
    Number,
    String { escapes: bool },
    Comment,
}

/// A place of a statement that may be filled otherwise.
#[derive(Clone, Copy, Debug)]
struct Slot {
    kind: SlotKind,
    token: usize,
    start: usize,
    end: usize,
}

#[derive(Debug)]
pub(crate) struct Templates {
    /// Nodes, by their places here.
    nodes: Vec<u8>,
    count: usize,
    ways: Vec<Way>,
    entries: Vec<Entry>,
    values: Vec<Value>,
    fixed: Vec<Literal>,
    texts: Vec<u8>,
    slots: Vec<Slot>,
    /// The first literals of the statement that was found.
    spans: [(u32, u32); Literal::KEPT],
    hits: u32,
    pause: u32,
    generation: u32,
}

/// Names the text of a statement that was seen before: of one normaliser, equal names mean equal
/// texts, so that what was found out about a text need not be found out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Goes up when the normaliser forgets what it has seen.
    pub generation: u32,
    /// Counted from 0 within a generation.
    pub number: u32,
}

impl Templates {
    pub(crate) fn new() -> Self {
        Self {
            nodes: Node::default().write().to_vec(),
            count: 1,
            ways: Vec::new(),
            entries: Vec::new(),
            values: Vec::new(),
            fixed: Vec::new(),
            texts: Vec::new(),
            slots: Vec::new(),
            spans: [(0, 0); Literal::KEPT],
            hits: 0,
            pause: 0,
            generation: 0,
        }
    }

    pub(crate) fn text(&self, entry: Entry) -> &[u8] {
        &self.texts[entry.text as usize..][..entry.text_len as usize]
    }

    /// The entry of a statement seen before, and its literals.
    #[inline]
    pub(crate) fn find(
        &mut self,
        sql: &[u8],
        dialect: Dialect,
        literals: &mut Literals,
    ) -> Option<(Entry, Repeat)> {
        if sql.len() > MAX_STATEMENT_BYTES {
            return None;
        }
        let place = self.walk(sql, dialect)?.checked_sub(1)?;
        let entry = *self.entries.get(place as usize)?;
        self.hits = self.hits.saturating_add(1);
        let values = &self.values[entry.values as usize..][..entry.values_len as usize];
        let span = |place: u8| {
            let (start, end) = self.spans[place as usize];
            &sql[start as usize..end as usize]
        };
        literals.clear();
        for Value { kind, place } in values {
            literals.keep(|_| match kind {
                ValueKind::Number => number(span(*place), false),
                ValueKind::Negative => number(span(*place), true),
                ValueKind::String => {
                    let text = span(*place);
                    Literal::from_text(&text[1..text.len() - 1])
                }
                ValueKind::Fixed => self.fixed[entry.fixed as usize + usize::from(*place)],
            });
        }
        Some((entry, Repeat { generation: self.generation, number: place }))
    }

    #[inline]
    fn walk(&mut self, sql: &[u8], dialect: Dialect) -> Option<u32> {
        let (nodes, all_ways) = (&self.nodes[..], &self.ways[..]);
        let mut place = ROOT;
        let mut rest = sql;
        let mut literals = 0;
        loop {
            let (node, behind) = nodes.get(place as usize..)?.split_first_chunk()?;
            let node = Node::read(node);
            rest = rest.strip_prefix(behind.get(..usize::from(node.len))?)?;
            let Some(&byte) = rest.first() else { return Some(node.end) };
            let mut ways = node.ways(all_ways).iter();
            place = loop {
                let way = ways.next()?;
                if way.label == u16::from(byte) {
                    break way.node;
                }
                if way.label < NUMBER {
                    continue;
                }
                let Some(len) = literal_len(way.label, rest, byte, dialect) else { continue };
                if way.label != COMMENT {
                    if let Some(span) = self.spans.get_mut(literals) {
                        let start = (sql.len() - rest.len()) as u32;
                        *span = (start, start + len as u32);
                    }
                    literals += 1;
                }
                rest = rest.get(len..)?;
                break way.node;
            };
        }
    }

    /// Remembers a statement that ends outside any literal.
    #[cold]
    pub(crate) fn learn(
        &mut self,
        sql: &[u8],
        dialect: Dialect,
        text: &[u8],
        statements: u32,
        literals: &Literals,
    ) {
        if self.pause > 0 {
            self.pause -= 1;
            return;
        }
        if sql.len() > MAX_STATEMENT_BYTES || !self.find_slots(sql, dialect) {
            return;
        }
        if self.count > MAX_NODES || self.nodes.len() + self.texts.len() > MAX_BYTES {
            if (self.hits as usize) < 4 * self.entries.len() {
                self.pause = PAUSE;
            }
            self.nodes.clear();
            self.nodes.extend_from_slice(&Node::default().write());
            self.count = 1;
            self.ways.clear();
            self.entries.clear();
            self.values.clear();
            self.fixed.clear();
            self.texts.clear();
            self.hits = 0;
            self.generation = self.generation.wrapping_add(1);
        }
        let entry = Entry {
            text: self.texts.len() as u32,
            text_len: text.len() as u32,
            values: self.values.len() as u32,
            values_len: literals.kept().len() as u32,
            fixed: self.fixed.len() as u32,
            statements,
        };
        self.texts.extend_from_slice(text);
        let literal_slots = || self.slots.iter().filter(|slot| slot.kind != SlotKind::Comment);
        for (literal, origin, negative) in literals.origins() {
            let slot = literal_slots().zip(0..).find(|(slot, _)| slot.token == origin);
            let value = match slot {
                Some((slot, place)) => Value {
                    kind: match slot.kind {
                        SlotKind::Number if negative => ValueKind::Negative,
                        SlotKind::Number => ValueKind::Number,
                        _ => ValueKind::String,
                    },
                    place,
                },
                None => {
                    self.fixed.push(literal);
                    let place = self.fixed.len() - 1 - entry.fixed as usize;
                    Value { kind: ValueKind::Fixed, place: place as u8 }
                }
            };
            self.values.push(value);
        }
        self.entries.push(entry);
        self.insert(sql, self.entries.len() as u32);
    }

    /// Finds the literals and comments that may differ; false if it is too much to remember.
    fn find_slots(&mut self, sql: &[u8], dialect: Dialect) -> bool {
        self.slots.clear();
        let mut lexer = Lexer::new(sql, dialect);
        let mut end = 0;
        loop {
            let token = lexer.next_token();
            let mut at = end;
            while at < token.start {
                match plain_comment_end(&sql[..token.start], at, dialect) {
                    Some(end) => {
                        self.slots.push(Slot {
                            kind: SlotKind::Comment,
                            token: at,
                            start: at,
                            end,
                        });
                        at = end;
                    }
                    // A comment to the end of the line may hold what looks like another.
                    None if matches!(sql[at], b'-' | b'#' | b'/') => break,
                    None => at += 1,
                }
            }
            end = token.end;
            let start = token.start;
            match token.kind {
                TokenKind::Eof => {
                    let filled: usize = self.slots.iter().map(|slot| slot.end - slot.start).sum();
                    return sql.len() - filled <= MAX_FIXED_BYTES;
                }
                TokenKind::Number if number_end(sql, start) == Some(end) => {
                    self.slots.push(Slot { kind: SlotKind::Number, token: start, start, end });
                }
                TokenKind::String if sql[start] != b'$' => {
                    let prefix = sql[start..end].iter().position(|b| matches!(b, b'\'' | b'"'));
                    let quote = start + prefix.unwrap_or(0);
                    let escapes = dialect.backslash_escapes() || matches!(sql[start], b'e' | b'E');
                    self.slots.push(Slot {
                        kind: SlotKind::String { escapes },
                        token: start,
                        start: quote,
                        end,
                    });
                }
                _ => {}
            }
            if self.slots.len() > MAX_SLOTS {
                return false;
            }
        }
    }

    fn insert(&mut self, sql: &[u8], end: u32) {
        let mut place = ROOT;
        let mut pos = 0;
        for at in 0..=self.slots.len() {
            let slot = self.slots.get(at).copied();
            let fixed = &sql[pos..slot.map_or(sql.len(), |slot| slot.start)];
            place = self.descend(place, fixed);
            let Some(slot) = slot else { break };
            pos = slot.end;
            let label = match slot.kind {
                SlotKind::Number => NUMBER,
                SlotKind::String { escapes: false } => STRING,
                SlotKind::String { escapes: true } => ESCAPED,
                SlotKind::Comment => COMMENT,
            };
            place = self.follow(place, label).unwrap_or_else(|| {
                let next = self.slots.get(at + 1).map_or(sql.len(), |slot| slot.start);
                self.lead(place, label, &sql[pos..next])
            });
        }
        self.change(place, |node| node.end = end);
    }

    fn node(&self, place: u32) -> Node {
        let node = self.nodes[place as usize..].first_chunk();
        node.map_or_else(Node::default, Node::read)
    }

    fn change(&mut self, place: u32, change: impl FnOnce(&mut Node)) {
        let mut node = self.node(place);
        change(&mut node);
        self.nodes[place as usize..][..NODE_BYTES].copy_from_slice(&node.write());
    }

    fn segment(&self, place: u32) -> &[u8] {
        let len = usize::from(self.node(place).len);
        &self.nodes[place as usize + NODE_BYTES..][..len]
    }

    /// Adds a node; its place.
    fn add_node(&mut self, node: Node, segment: &[u8]) -> u32 {
        let place = self.nodes.len() as u32;
        self.nodes.extend_from_slice(&Node { len: segment.len() as u16, ..node }.write());
        self.nodes.extend_from_slice(segment);
        self.count += 1;
        place
    }

    /// Makes a node that `label` leads to from `place`.
    fn lead(&mut self, place: u32, label: u16, segment: &[u8]) -> u32 {
        let next = self.add_node(Node::default(), segment);
        self.add_way(place, Way { label, node: next });
        next
    }

    /// From a node that is reached, over `fixed`, to the node at whose end it ends.
    fn descend(&mut self, mut place: u32, mut fixed: &[u8]) -> u32 {
        loop {
            let segment = self.segment(place);
            let common = segment.iter().zip(fixed).take_while(|(a, b)| a == b).count();
            if common < segment.len() {
                self.split(place, common);
            }
            fixed = &fixed[common..];
            let Some(&byte) = fixed.first() else { return place };
            let Some(child) = self.follow(place, u16::from(byte)) else {
                return self.lead(place, u16::from(byte), fixed);
            };
            place = child;
        }
    }

    fn follow(&self, place: u32, label: u16) -> Option<u32> {
        let node = self.node(place);
        node.ways(&self.ways).iter().find(|way| way.label == label).map(|way| way.node)
    }

    /// Ways that have no room left move to the end, with twice the room.
    fn add_way(&mut self, place: u32, way: Way) {
        let mut from = self.node(place);
        let len = from.ways as usize;
        if len == 0 {
            self.change(place, |node| (node.way, node.ways) = (way, 1));
            return;
        }
        if len == 1 || len == from.way.label as usize {
            let start = self.ways.len();
            if len == 1 {
                self.ways.push(from.way);
            } else {
                let old = from.way.node as usize;
                self.ways.extend_from_within(old..old + len);
            }
            self.ways.resize(start + 2 * len, Way::default());
            from.way = Way { label: 2 * from.ways, node: start as u32 };
        }
        let ways = &mut self.ways[from.way.node as usize..][..=len];
        ways[len] = way;
        if way.label >= NUMBER {
            ways.rotate_right(1);
        }
        self.change(place, |node| (node.way, node.ways) = (from.way, from.ways + 1));
    }

    /// Cuts a node's segment in two: the node keeps the first `len` bytes, a child the rest.
    fn split(&mut self, place: u32, len: usize) {
        let whole = self.node(place);
        let rest = self.segment(place)[len..].to_vec();
        let label = u16::from(rest[0]);
        let child = self.add_node(whole, &rest);
        let way = Way { label, node: child };
        self.change(place, |node| *node = Node { len: len as u16, ways: 1, end: 0, way });
    }
}

/// How many bytes at the start of `text` are a literal of this kind, or a comment.
#[inline]
fn literal_len(label: u16, text: &[u8], first: u8, dialect: Dialect) -> Option<usize> {
    match label {
        NUMBER => first.is_ascii_digit().then(|| number_end(text, 0)).flatten(),
        COMMENT => plain_comment_end(text, 0, dialect),
        _ => is_quote(first, dialect).then(|| string_end(text, 0, label == ESCAPED)).flatten(),
    }
}

#[inline]
fn is_quote(byte: u8, dialect: Dialect) -> bool {
    byte == b'\'' || byte == b'"' && dialect.double_quote_is_string()
}

/// The end of a comment that says nothing: no hint and no code.
fn plain_comment_end(sql: &[u8], start: usize, dialect: Dialect) -> Option<usize> {
    match sql.get(start..start + 3)? {
        b"/*+" | b"/*!" | b"/*M" => None,
        [b'/', b'*', _] => comment_end(sql, start, dialect),
        _ => None,
    }
}
