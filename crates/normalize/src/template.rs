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

/// Bytes that all statements below share, and what may follow them. Small, since the nodes of all
/// statements that a program sends should stay close to the processor.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    segment: u32,
    len: u16,
    /// How many ways lead on.
    ways: u16,
    /// The only way. If there are several: where they begin among all ways as its node, and for
    /// how many there is room as its label.
    way: Way,
    /// The entry of the statement that ends here, counted from 1.
    end: u32,
}

impl Node {
    fn is_fresh(&self) -> bool {
        self.len == 0 && self.ways == 0 && self.end == 0
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
    nodes: Vec<Node>,
    ways: Vec<Way>,
    entries: Vec<Entry>,
    values: Vec<Value>,
    fixed: Vec<Literal>,
    bytes: Vec<u8>,
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
            nodes: vec![Node::default()],
            ways: Vec::new(),
            entries: Vec::new(),
            values: Vec::new(),
            fixed: Vec::new(),
            bytes: Vec::new(),
            slots: Vec::new(),
            spans: [(0, 0); Literal::KEPT],
            hits: 0,
            pause: 0,
            generation: 0,
        }
    }

    pub(crate) fn text(&self, entry: Entry) -> &[u8] {
        &self.bytes[entry.text as usize..][..entry.text_len as usize]
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
        let (nodes, bytes, all_ways) = (&self.nodes[..], &self.bytes[..], &self.ways[..]);
        let mut node = nodes.first()?;
        let mut rest = sql;
        let mut literals = 0;
        loop {
            let segment = bytes.get(node.segment as usize..)?.get(..usize::from(node.len))?;
            rest = rest.strip_prefix(segment)?;
            let Some(&byte) = rest.first() else { return Some(node.end) };
            let mut ways = node.ways(all_ways).iter();
            let next = loop {
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
            node = nodes.get(next as usize)?;
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
        if self.nodes.len() > MAX_NODES || self.bytes.len() > MAX_BYTES {
            if (self.hits as usize) < 4 * self.entries.len() {
                self.pause = PAUSE;
            }
            self.nodes.truncate(1);
            self.nodes[0] = Node::default();
            self.ways.clear();
            self.entries.clear();
            self.values.clear();
            self.fixed.clear();
            self.bytes.clear();
            self.hits = 0;
            self.generation = self.generation.wrapping_add(1);
        }
        let entry = Entry {
            text: self.bytes.len() as u32,
            text_len: text.len() as u32,
            values: self.values.len() as u32,
            values_len: literals.kept().len() as u32,
            fixed: self.fixed.len() as u32,
            statements,
        };
        self.bytes.extend_from_slice(text);
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
        let mut node = 0;
        let mut pos = 0;
        for at in 0..self.slots.len() {
            let slot = self.slots[at];
            node = self.descend(node, &sql[pos..slot.start]);
            pos = slot.end;
            let label = match slot.kind {
                SlotKind::Number => NUMBER,
                SlotKind::String { escapes: false } => STRING,
                SlotKind::String { escapes: true } => ESCAPED,
                SlotKind::Comment => COMMENT,
            };
            node = match self.follow(node, label) {
                Some(next) => next as usize,
                None => self.new_node(node, label),
            };
        }
        node = self.descend(node, &sql[pos..]);
        self.nodes[node].end = end;
    }

    /// Makes a node that `label` leads to from `node`.
    fn new_node(&mut self, node: usize, label: u16) -> usize {
        let next = self.nodes.len();
        self.nodes.push(Node::default());
        self.add_way(node, Way { label, node: next as u32 });
        next
    }

    /// From a node that is reached, over `fixed`, to the node at whose end it ends.
    fn descend(&mut self, mut node: usize, mut fixed: &[u8]) -> usize {
        loop {
            if self.nodes[node].is_fresh() {
                self.set_segment(node, fixed);
                return node;
            }
            let Node { segment, len, .. } = self.nodes[node];
            let bytes = &self.bytes[segment as usize..][..usize::from(len)];
            let common = bytes.iter().zip(fixed).take_while(|(a, b)| a == b).count();
            if common < usize::from(len) {
                self.split(node, common as u16);
            }
            fixed = &fixed[common..];
            let Some(&byte) = fixed.first() else { return node };
            let Some(child) = self.follow(node, u16::from(byte)) else {
                let child = self.new_node(node, u16::from(byte));
                self.set_segment(child, fixed);
                return child;
            };
            node = child as usize;
        }
    }

    fn set_segment(&mut self, node: usize, segment: &[u8]) {
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(segment);
        let node = &mut self.nodes[node];
        node.segment = start;
        node.len = segment.len() as u16;
    }

    fn follow(&self, node: usize, label: u16) -> Option<u32> {
        self.nodes[node].ways(&self.ways).iter().find(|way| way.label == label).map(|way| way.node)
    }

    /// Ways that have no room left move to the end, with twice the room.
    fn add_way(&mut self, node: usize, way: Way) {
        let from = &mut self.nodes[node];
        if from.ways == 0 {
            from.way = way;
            from.ways = 1;
            return;
        }
        let len = from.ways as usize;
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
        from.ways += 1;
        let ways = &mut self.ways[from.way.node as usize..][..=len];
        ways[len] = way;
        if way.label >= NUMBER {
            ways.rotate_right(1);
        }
    }

    /// Cuts a node's segment in two: the node keeps the first `len` bytes, a child the rest.
    fn split(&mut self, node: usize, len: u16) {
        let whole = self.nodes[node];
        let segment = whole.segment + u32::from(len);
        let label = u16::from(self.bytes[segment as usize]);
        self.nodes[node] = Node { segment: whole.segment, len, ..Node::default() };
        let child = self.new_node(node, label);
        self.nodes[child] = Node { segment, len: whole.len - len, ..whole };
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
