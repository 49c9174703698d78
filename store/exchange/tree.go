package exchange

import (
	"cmp"
	"container/heap"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"alleato/store"
)

// node is a message of another program's tree. One without a role is not taken: what comes after it hangs
// on to what stands before it.
type node struct {
	id, parent string
	role       string
	parts      []store.Part
	model      string
	at         time.Time
	status     string
}

// queue gives the nodes by time.
type queue []*node

func (q queue) Len() int      { return len(q) }
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q queue) Less(i, j int) bool {
	return cmp.Or(q[i].at.Compare(q[j].at), cmp.Compare(q[i].id, q[j].id)) < 0
}

// Push is part of heap.Interface.
func (q *queue) Push(n any) { *q = append(*q, n.(*node)) }

// Pop is part of heap.Interface.
func (q *queue) Pop() any {
	old := *q
	n := old[len(old)-1]
	*q = old[:len(old)-1]
	return n
}

// tree turns nodes into messages, a parent before its children and else by time.
type tree struct {
	chat     *Chat
	nodes    map[string]*node
	children map[string][]*node
	at       map[string]int  // node -> its message, or the one before it; -1 for none
	open     map[string]bool // node -> nothing but it comes after its message
	joins    bool            // the answers in a row are one
	now      time.Time
}

// grow fills the chat's messages and head. joins makes one message of answers in a row: ChatGPT has one for
// each step of an answer.
func (c *Chat) grow(nodes []*node, current string, joins bool, now time.Time) {
	t := &tree{chat: c, nodes: map[string]*node{}, children: map[string][]*node{}, at: map[string]int{}, open: map[string]bool{}, joins: joins, now: now}
	for _, n := range nodes {
		t.nodes[n.id] = n
	}
	var ready queue
	for _, n := range t.nodes {
		if t.nodes[n.parent] == nil || n.parent == n.id {
			n.parent = ""
			ready = append(ready, n)
		} else {
			t.children[n.parent] = append(t.children[n.parent], n)
		}
	}
	t.at[""] = -1
	heap.Init(&ready)
	seen := 0
	for ready.Len() > 0 {
		n := heap.Pop(&ready).(*node)
		seen++
		t.place(n)
		for _, child := range t.children[n.id] {
			if child.at.IsZero() {
				child.at = n.at
			}
			heap.Push(&ready, child)
		}
	}
	c.Left.add(LeftLost, len(t.nodes)-seen) // a ring has no first message
	if len(c.Messages) == 0 {
		return
	}
	c.HeadID = c.Messages[len(c.Messages)-1].ID
	if i, known := t.at[current]; known && i >= 0 {
		c.HeadID = c.Messages[i].ID
	}
}

func (t *tree) place(n *node) {
	before := t.at[n.parent]
	only := t.open[n.parent] && len(t.children[n.parent]) == 1
	switch {
	case n.role == "":
		t.at[n.id], t.open[n.id] = before, only
		return
	case t.joins && only && n.role == "assistant" && t.chat.Messages[before].Role == "assistant":
		m := &t.chat.Messages[before]
		m.Parts = append(m.Parts, n.parts...)
		m.Parts = m.Parts[:min(len(m.Parts), maxParts)]
		finished := when(n.at, m.CreatedAt, t.now)
		m.FinishedAt = &finished
		t.at[n.id], t.open[n.id] = before, true
		return
	case len(t.chat.Messages) == maxMessages:
		t.chat.Left.add(LeftBeyond, 1)
		t.at[n.id] = before
		return
	}
	created := when(n.at, t.chat.CreatedAt, t.now)
	m := store.Message{ID: messageID(n.id), Role: n.role, Parts: n.parts[:min(len(n.parts), maxParts)], Status: cmp.Or(n.status, store.StatusComplete),
		CreatedAt: created, FinishedAt: &created}
	if n.model != "" && n.role == "assistant" {
		m.Model = &n.model
	}
	if before >= 0 {
		parent := t.chat.Messages[before].ID
		m.ParentID = &parent
	}
	t.chat.Messages = append(t.chat.Messages, m)
	t.at[n.id], t.open[n.id] = len(t.chat.Messages)-1, true
}

// messageID keeps an id that could be ours.
func messageID(id string) string {
	if store.ValidID(id) {
		return id
	}
	return store.ImportedID("", "", "message", id)
}

// tidy holds the parts of a message to what ours have: text and reasoning of a bounded length, and files.
func (c *Chat) tidy(parts []store.Part) []store.Part {
	kept := parts[:0]
	for _, p := range parts {
		switch p.Type {
		case "text", "reasoning":
			if utf8.RuneCountInString(p.Text) > maxText {
				p.Text = string([]rune(p.Text)[:maxText])
				c.Left.add(LeftCut, 1)
			}
			if p.Text != "" {
				kept = append(kept, store.Part{Type: p.Type, Text: p.Text, ProviderMetadata: known(p.ProviderMetadata)})
			}
		case "file":
			if _, there := c.Files[p.FileID]; !there {
				c.Left.add(LeftFiles, 1)
				p.FileID = ""
			}
			kept = append(kept, store.Part{Type: "file", FileID: p.FileID, Filename: fileName(p.Filename), MediaType: mediaType(p.MediaType), ProviderMetadata: known(p.ProviderMetadata)})
		case "step-start":
			kept = append(kept, store.Part{Type: p.Type})
		default:
			c.Left.add(LeftParts, 1)
		}
	}
	return slices.Clip(kept)
}

// maxNote is the longest note at a part, in characters.
const maxNote = 500

// known keeps what the parts of ours say beside their text: how long the model reasoned, and what it did
// not get of a file.
func known(metadata json.RawMessage) json.RawMessage {
	type ours struct {
		Note    string `json:"note,omitempty"`
		Seconds *int   `json:"seconds,omitempty"`
	}
	var m struct {
		Alleato ours `json:"alleato"`
	}
	if len(metadata) == 0 || json.Unmarshal(metadata, &m) != nil || m.Alleato == (ours{}) || utf8.RuneCountInString(m.Alleato.Note) > maxNote {
		return nil
	}
	b, err := json.Marshal(m)
	if err != nil {
		return nil
	}
	return b
}
