//! The bytes of statements between their literals.
//!
//! A path through the trie is a statement but for its literals: bytes have to be the same, and a
//! literal may be any of its kind.

use slowlog_event::Dialect;
use slowlog_lex::begins_with;

use crate::exact::hash;
use crate::slot::{self, Found, Slot};

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

/// What leads from a node to another: a byte, which is the first of the other's segment, or the label
/// of a [slot](crate::slot). Those come first among the ways of a node, and the least of them first.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    label: u16,
    node: u32,
}

/// The first bytes of a statement.
const HEAD: usize = 32;

/// Where the first bytes of statements lead, so that the many short steps there need not be taken
/// again: a table in which a head takes the place of another with the same hash.
///
/// What a head leads to stays right when nodes are added, as a node that is split keeps its first
/// bytes.
#[derive(Debug, Default)]
struct Heads {
    known: Vec<Head>,
}

#[derive(Debug, Clone, Copy)]
struct Head {
    bytes: [u8; HEAD],
    place: u32,
    /// Where in the statement the segment of that node begins.
    start: u8,
}

impl Heads {
    const BITS: u32 = 12;

    #[inline]
    fn get(&self, head: &[u8; HEAD]) -> Option<(u32, u8)> {
        let known = self.known.get(Self::slot(head))?;
        (known.bytes == *head).then_some((known.place, known.start))
    }

    fn put(&mut self, head: &[u8; HEAD], place: u32, start: u8) {
        if self.known.is_empty() {
            let none = Head { bytes: [0; HEAD], place: u32::MAX, start: 0 };
            self.known = vec![none; 1 << Self::BITS];
        }
        self.known[Self::slot(head)] = Head { bytes: *head, place, start };
    }

    fn clear(&mut self) {
        self.known.clear();
    }

    #[inline]
    fn slot(head: &[u8; HEAD]) -> usize {
        (hash(head) >> (64 - Self::BITS)) as usize
    }
}

/// Statements by their bytes.
#[derive(Debug)]
pub(crate) struct Trie {
    /// Nodes, by their places here.
    nodes: Vec<u8>,
    count: usize,
    ways: Vec<Way>,
    heads: Heads,
}

impl Default for Trie {
    fn default() -> Self {
        let nodes = Node::default().write().to_vec();
        Self { nodes, count: 1, ways: Vec::new(), heads: Heads::default() }
    }
}

impl Trie {
    /// How many nodes it has.
    pub(crate) fn nodes(&self) -> usize {
        self.count
    }

    /// How long they are together.
    pub(crate) fn bytes(&self) -> usize {
        self.nodes.len()
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.nodes.truncate(NODE_BYTES);
        self.nodes.copy_from_slice(&Node::default().write());
        self.count = 1;
        self.ways.clear();
        self.heads.clear();
    }

    /// The number of the statement that `sql` is but for its literals; 0 for none. Its first literals
    /// are put into `found`.
    #[inline]
    pub(crate) fn find(&mut self, sql: &[u8], dialect: Dialect, found: &mut Found) -> Option<u32> {
        let head = sql.first_chunk();
        let known = head.and_then(|head| self.heads.get(head));
        let (place, start) = known.unwrap_or((ROOT, 0));
        let number = self.walk(place, sql, usize::from(start), dialect, found)?;
        if let (None, Some(head)) = (known, head)
            && found.start().is_none_or(|start| start >= HEAD)
        {
            self.learn_head(head);
        }
        Some(number)
    }

    /// From a node whose segment begins at `start` of the statement to the number at its end.
    #[inline]
    fn walk(
        &self,
        mut place: u32,
        sql: &[u8],
        start: usize,
        dialect: Dialect,
        found: &mut Found,
    ) -> Option<u32> {
        let (nodes, all_ways) = (&self.nodes[..], &self.ways[..]);
        let mut rest = sql.get(start..)?;
        found.clear();
        loop {
            let (node, behind) = nodes.get(place as usize..)?.split_first_chunk()?;
            let node = Node::read(node);
            rest = without_segment(rest, behind, usize::from(node.len))?;
            let Some(&byte) = rest.first() else { return Some(node.end) };
            let (mut way, mut others) = match node.ways {
                0 => return None,
                1 => (node.way, [].iter()),
                _ => {
                    let (first, others) = node.ways(all_ways).split_first()?;
                    (*first, others.iter())
                }
            };
            place = loop {
                if way.label == u16::from(byte) {
                    break way.node;
                }
                let len = match way.label {
                    0..slot::FIRST => 0,
                    label => found.fill(label, rest, sql.len() - rest.len(), dialect),
                };
                if len > 0 {
                    rest = rest.get(len..)?;
                    break way.node;
                }
                way = *others.next()?;
            };
        }
    }

    /// Remembers the last node that these bytes lead to, unless a literal may be among those before.
    #[cold]
    fn learn_head(&mut self, head: &[u8; HEAD]) {
        let (mut place, mut start) = (ROOT, 0);
        loop {
            let segment = self.segment(place);
            let end = start + segment.len();
            if !head[start..].starts_with(&segment[..segment.len().min(HEAD - start)]) {
                return;
            }
            let Some(&byte) = head.get(end) else { break };
            let begins_literal = matches!(byte, b'0'..=b'9' | b'\'' | b'"' | b'/');
            let next = self.follow(place, u16::from(byte)).filter(|_| !begins_literal);
            let Some(next) = next else { return };
            (place, start) = (next, end);
        }
        self.heads.put(head, place, start as u8);
    }

    /// Adds a statement with the places that may be filled otherwise, under a number.
    pub(crate) fn insert(&mut self, sql: &[u8], slots: &[Slot], number: u32) {
        let mut place = ROOT;
        let mut pos = 0;
        for at in 0..=slots.len() {
            let slot = slots.get(at).copied();
            let fixed = &sql[pos..slot.map_or(sql.len(), |slot| slot.start)];
            place = self.descend(place, fixed);
            let Some(slot) = slot else { break };
            pos = slot.end;
            place = self.follow(place, slot.label).unwrap_or_else(|| {
                let next = slots.get(at + 1).map_or(sql.len(), |slot| slot.start);
                self.lead(place, slot.label, &sql[pos..next])
            });
        }
        self.change(place, |node| node.end = number);
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
        if way.label >= slot::FIRST {
            let labels = ways[..len].iter().take_while(|way| way.label >= slot::FIRST);
            let place = labels.filter(|other| other.label < way.label).count();
            ways[place..].rotate_right(1);
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

/// What follows the segment, the first `len` bytes behind a node, if the text begins with that.
#[inline]
fn without_segment<'a>(text: &'a [u8], behind: &[u8], len: usize) -> Option<&'a [u8]> {
    // Most are short.
    if let (0..8, Some(text_word), Some(word)) = (len, text.first_chunk(), behind.first_chunk()) {
        let differing = u64::from_le_bytes(*text_word) ^ u64::from_le_bytes(*word);
        return (differing & !(u64::MAX << (8 * len)) == 0).then(|| &text[len..]);
    }
    begins_with(text, behind.get(..len)?).then(|| &text[len..])
}
