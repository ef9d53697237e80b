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

/// Bytes that all statements below share, and what may follow them. An index of 0 is none: the
/// root is nobody's child.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    segment: u32,
    len: u32,
    /// Where its edges begin among all edges, how many there are, and for how many there is room.
    edges: u32,
    edges_len: u16,
    edges_room: u16,
    /// Where a number, a string or a comment leads.
    number: u32,
    string: u32,
    comment: u32,
    /// The entry of the statement that ends here, counted from 1.
    end: u32,
    /// Do backslashes escape in the string?
    escapes: bool,
}

impl Node {
    fn is_fresh(&self) -> bool {
        (self.len | self.number | self.string | self.comment | self.end) == 0 && self.edges_len == 0
    }
}

/// A child and the byte that its segment begins with. The edges of a node stand side by side:
/// looking for one among the children themselves would touch memory for each.
#[derive(Clone, Copy, Debug, Default)]
struct Edge {
    byte: u8,
    node: u32,
}

/// A normalised text and where its literals come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    text: u32,
    text_len: u32,
    values: u32,
    values_len: u32,
    pub(crate) statements: u32,
}

#[derive(Clone, Copy, Debug)]
enum Value {
    /// A parameter or a word: the same in each statement.
    Fixed(Literal),
    String(u8),
    Number {
        slot: u8,
        negative: bool,
    },
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
    edges: Vec<Edge>,
    entries: Vec<Entry>,
    values: Vec<Value>,
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
            edges: Vec::new(),
            entries: Vec::new(),
            values: Vec::new(),
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
        let span = |slot: u8| {
            let (start, end) = self.spans[slot as usize];
            &sql[start as usize..end as usize]
        };
        literals.clear();
        for value in values {
            literals.keep(|_| match *value {
                Value::Fixed(literal) => literal,
                Value::Number { slot, negative } => number(span(slot), negative),
                Value::String(slot) => {
                    let text = span(slot);
                    Literal::from_text(&text[1..text.len() - 1])
                }
            });
        }
        Some((entry, Repeat { generation: self.generation, number: place }))
    }

    #[inline]
    fn walk(&mut self, sql: &[u8], dialect: Dialect) -> Option<u32> {
        let mut node = &self.nodes[0];
        let mut pos = 0;
        let mut literals = 0;
        loop {
            let segment = &self.bytes[node.segment as usize..][..node.len as usize];
            if !sql.get(pos..)?.starts_with(segment) {
                return None;
            }
            pos += segment.len();
            let Some(&byte) = sql.get(pos) else { return Some(node.end) };
            let literal_end = match byte {
                b'0'..=b'9' if node.number != 0 => number_end(sql, pos),
                b'\'' if node.string != 0 => string_end(sql, pos, node.escapes),
                b'"' if node.string != 0 && dialect.double_quote_is_string() => {
                    string_end(sql, pos, node.escapes)
                }
                b'/' if node.comment != 0 => {
                    if let Some(end) = plain_comment_end(sql, pos, dialect) {
                        pos = end;
                        node = &self.nodes[node.comment as usize];
                        continue;
                    }
                    None
                }
                _ => None,
            };
            if let Some(end) = literal_end {
                if let Some(span) = self.spans.get_mut(literals) {
                    *span = (pos as u32, end as u32);
                }
                literals += 1;
                let next = if byte <= b'\'' { node.string } else { node.number };
                node = &self.nodes[next as usize];
                pos = end;
                continue;
            }
            node = &self.nodes[self.child(node, byte)? as usize];
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
            self.edges.clear();
            self.entries.clear();
            self.values.clear();
            self.bytes.clear();
            self.hits = 0;
            self.generation = self.generation.wrapping_add(1);
        }
        let entry = Entry {
            text: self.bytes.len() as u32,
            text_len: text.len() as u32,
            values: self.values.len() as u32,
            values_len: literals.kept().len() as u32,
            statements,
        };
        self.bytes.extend_from_slice(text);
        let literal_slots = || self.slots.iter().filter(|slot| slot.kind != SlotKind::Comment);
        for (literal, origin, negative) in literals.origins() {
            let slot = literal_slots().position(|slot| slot.token == origin);
            let value = match (slot, slot.and_then(|at| literal_slots().nth(at))) {
                (Some(at), Some(Slot { kind: SlotKind::Number, .. })) => {
                    Value::Number { slot: at as u8, negative }
                }
                (Some(at), Some(_)) => Value::String(at as u8),
                _ => Value::Fixed(literal),
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
            let existing = match slot.kind {
                SlotKind::Number => self.nodes[node].number,
                SlotKind::String { .. } => self.nodes[node].string,
                SlotKind::Comment => self.nodes[node].comment,
            };
            let next = if existing == 0 { self.new_node(Node::default()) } else { existing };
            let from = &mut self.nodes[node];
            match slot.kind {
                SlotKind::Number => from.number = next,
                SlotKind::String { escapes } => {
                    from.string = next;
                    from.escapes = escapes;
                }
                SlotKind::Comment => from.comment = next,
            }
            node = next as usize;
        }
        node = self.descend(node, &sql[pos..]);
        self.nodes[node].end = end;
    }

    fn new_node(&mut self, node: Node) -> u32 {
        self.nodes.push(node);
        self.nodes.len() as u32 - 1
    }

    /// From a node that is reached, over `fixed`, to the node at whose end it ends.
    fn descend(&mut self, mut node: usize, mut fixed: &[u8]) -> usize {
        loop {
            if self.nodes[node].is_fresh() {
                self.set_segment(node, fixed);
                return node;
            }
            let Node { segment, len, .. } = self.nodes[node];
            let bytes = &self.bytes[segment as usize..][..len as usize];
            let common = bytes.iter().zip(fixed).take_while(|(a, b)| a == b).count();
            if common < len as usize {
                self.split(node, common as u32);
            }
            fixed = &fixed[common..];
            let Some(&byte) = fixed.first() else { return node };
            let Some(child) = self.child(&self.nodes[node], byte) else {
                let child = self.new_node(Node::default());
                self.add_edge(node, Edge { byte, node: child });
                self.set_segment(child as usize, fixed);
                return child as usize;
            };
            node = child as usize;
        }
    }

    fn set_segment(&mut self, node: usize, segment: &[u8]) {
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(segment);
        let node = &mut self.nodes[node];
        node.segment = start;
        node.len = segment.len() as u32;
    }

    /// The child whose segment begins with `byte`.
    #[inline]
    fn child(&self, node: &Node, byte: u8) -> Option<u32> {
        let edges = &self.edges[node.edges as usize..][..node.edges_len as usize];
        edges.iter().find(|edge| edge.byte == byte).map(|edge| edge.node)
    }

    /// Edges that have no room left move to the end, with twice the room.
    fn add_edge(&mut self, node: usize, edge: Edge) {
        let from = &mut self.nodes[node];
        if from.edges_len == from.edges_room {
            let start = from.edges as usize;
            let end = start + from.edges_len as usize;
            from.edges = self.edges.len() as u32;
            from.edges_room = (from.edges_len * 2).max(1);
            self.edges.extend_from_within(start..end);
            self.edges.resize(from.edges as usize + from.edges_room as usize, Edge::default());
        }
        self.edges[from.edges as usize + from.edges_len as usize] = edge;
        from.edges_len += 1;
    }

    /// Cuts a node's segment in two: the node keeps the first `len` bytes, a child the rest.
    fn split(&mut self, node: usize, len: u32) {
        let whole = self.nodes[node];
        let segment = whole.segment + len;
        let byte = self.bytes[segment as usize];
        let child = self.new_node(Node { segment, len: whole.len - len, ..whole });
        self.nodes[node] = Node { segment: whole.segment, len, ..Node::default() };
        self.add_edge(node, Edge { byte, node: child });
    }
}

/// The end of a comment that says nothing: no hint and no code.
fn plain_comment_end(sql: &[u8], start: usize, dialect: Dialect) -> Option<usize> {
    match sql.get(start..start + 3)? {
        b"/*+" | b"/*!" | b"/*M" => None,
        [b'/', b'*', _] => comment_end(sql, start, dialect),
        _ => None,
    }
}
