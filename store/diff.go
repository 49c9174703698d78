package store

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// What became of a piece of a document.
const (
	Same    = "same"
	Removed = "removed"
	Added   = "added"
	Changed = "changed" // a row of which some cells are others
)

const (
	diffTime = 400 * time.Millisecond
	// maxTokens bounds one comparison, beyond the time: the library looks for long common pieces first,
	// which takes time by the square in texts that repeat one thing.
	maxTokens = 10_000
)

// Diff is what one version has that another has not. Texts are compared by words, code and pages by
// lines (Changes), sheets by cells (Rows).
type Diff struct {
	From    int       `json:"from"`
	To      int       `json:"to"`
	Unit    string    `json:"unit"` // word, line or cell
	Changes []Change  `json:"changes"`
	Rows    []DiffRow `json:"rows"`
}

// Change is a piece of text; the same and added ones together are the new text.
type Change struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// DiffRow is a row of a sheet; of a changed one each cell says whether it is.
type DiffRow struct {
	Type  string     `json:"type"`
	Cells []DiffCell `json:"cells"`
}

// DiffCell is one cell before and after; one that is not there is "".
type DiffCell struct {
	Type   string `json:"type"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Compare compares two versions of one document. Its time is bounded: texts that have too little in
// common to be compared in it come out as removed and added whole.
func Compare(a, b *Document) Diff {
	d := Diff{From: a.Version, To: b.Version, Unit: "line", Changes: []Change{}, Rows: []DiffRow{}}
	deadline := time.Now().Add(diffTime)
	switch a.Kind {
	case KindSheet:
		d.Unit, d.Rows = "cell", compareRows(a.Text(), b.Text(), deadline)
	case KindText:
		d.Unit, d.Changes = "word", refine(compareTokens(lines(a.Text()), lines(b.Text()), deadline), deadline)
	default:
		d.Changes = compareTokens(lines(a.Text()), lines(b.Text()), deadline)
	}
	return d
}

// refine compares the lines that were replaced by others word for word.
func refine(changes []Change, deadline time.Time) []Change {
	fine := make([]Change, 0, len(changes))
	for i := 0; i < len(changes); i++ {
		c := changes[i]
		if c.Type == Removed && i+1 < len(changes) && changes[i+1].Type == Added {
			fine = append(fine, readable(compareTokens(words(c.Text), words(changes[i+1].Text), deadline))...)
			i++
			continue
		}
		fine = append(fine, c)
	}
	return join(fine)
}

// readable makes one change of words that were replaced one after the other: the space between them
// alone being the same tears both apart.
func readable(changes []Change) []Change {
	var out []Change
	var removed, added strings.Builder
	flush := func() {
		out = append(out, Change{Removed, removed.String()}, Change{Added, added.String()})
		removed.Reset()
		added.Reset()
	}
	for i, c := range changes {
		between := i > 0 && i < len(changes)-1 && strings.TrimSpace(c.Text) == "" && removed.Len() > 0 && added.Len() > 0
		switch {
		case c.Type == Removed:
			removed.WriteString(c.Text)
		case c.Type == Added:
			added.WriteString(c.Text)
		case between:
			removed.WriteString(c.Text)
			added.WriteString(c.Text)
		default:
			flush()
			out = append(out, c)
		}
	}
	flush()
	return join(out)
}

// join makes one change of neighbours of one type.
func join(changes []Change) []Change {
	joined := changes[:0]
	for _, c := range changes {
		if last := len(joined) - 1; last >= 0 && joined[last].Type == c.Type {
			joined[last].Text += c.Text
		} else if c.Text != "" {
			joined = append(joined, c)
		}
	}
	return joined
}

func lines(text string) []string { return strings.SplitAfter(text, "\n") }

// words cuts a text into words, runs of white space, and single other characters.
func words(text string) (tokens []string) {
	kind := func(r rune) int {
		switch {
		case isWordRune(r):
			return 1
		case unicode.IsSpace(r):
			return 2
		}
		return 0
	}
	start, last := 0, -1
	for i, r := range text {
		if k := kind(r); i > start && (k != last || k == 0) {
			tokens, start = append(tokens, text[start:i]), i
		}
		last = kind(r)
	}
	if start < len(text) {
		tokens = append(tokens, text[start:])
	}
	return tokens
}

func compareTokens(a, b []string, deadline time.Time) []Change {
	var changes []Change
	for _, m := range match(a, b, deadline) {
		changes = append(changes, Change{m.kind, strings.Join(m.tokens, "")})
	}
	return join(changes)
}

// piece is a run of tokens of one fate.
type piece struct {
	kind   string
	tokens []string
}

// match compares two lists, of which the equal beginnings and ends cost nothing.
func match(a, b []string, deadline time.Time) []piece {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	pieces := append([]piece{{Same, a[:head]}}, matchMiddle(a[head:len(a)-tail], b[head:len(b)-tail], deadline)...)
	return append(pieces, piece{Same, a[len(a)-tail:]})
}

// matchMiddle writes each token as one character, for the library compares characters.
func matchMiddle(a, b []string, deadline time.Time) []piece {
	left := time.Until(deadline)
	if left <= 0 || len(a) > maxTokens || len(b) > maxTokens || len(a) == 0 || len(b) == 0 {
		return []piece{{Removed, a}, {Added, b}}
	}
	numbers, tokens := map[string]rune{}, map[rune]string{}
	encode := func(list []string) []rune {
		runes := make([]rune, len(list))
		for i, token := range list {
			n, known := numbers[token]
			if !known {
				n = rune(len(numbers) + 1) // at most 2*maxTokens, below the surrogates
				numbers[token], tokens[n] = n, token
			}
			runes[i] = n
		}
		return runes
	}
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = left
	kinds := map[diffmatchpatch.Operation]string{diffmatchpatch.DiffEqual: Same, diffmatchpatch.DiffDelete: Removed, diffmatchpatch.DiffInsert: Added}
	var pieces []piece
	for _, d := range dmp.DiffMainRunes(encode(a), encode(b), false) {
		p := piece{kind: kinds[d.Type]}
		for _, r := range d.Text {
			p.tokens = append(p.tokens, tokens[r])
		}
		pieces = append(pieces, p)
	}
	return pieces
}

const (
	// MaxRows and MaxColumns bound the rows and columns of a sheet that are looked at.
	MaxRows    = 20_000
	MaxColumns = 500
)

// Sheet is CSV, parsed.
type Sheet struct {
	Rows    [][]string
	Columns int
	// More: there are rows or columns beyond what was parsed. Broken: the text is no proper CSV, and was
	// read as far as it can be.
	More, Broken bool
}

// ParseSheet reads at most that many rows of CSV. It never fails: what is broken is read as well as can
// be, line by line in the end.
func ParseSheet(text string, maxRows int) Sheet {
	s := parseCSV(text, maxRows, false)
	if s.Broken {
		s = parseCSV(text, maxRows, true)
		s.Broken = true
	}
	return s
}

// separator is what stands between the cells: the comma unless the first line has none. The grid of the
// pages reads sheets by the same rule.
func separator(text string) rune {
	first := text
	if end := strings.IndexAny(text, "\r\n"); end >= 0 {
		first = text[:end]
	}
	for _, r := range ",\t;" {
		if strings.ContainsRune(first, r) {
			return r
		}
	}
	return ','
}

func parseCSV(text string, maxRows int, lazy bool) (s Sheet) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = separator(text), -1, lazy
	for {
		row, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return s
		case err != nil:
			s.Broken = true
			return s
		case len(s.Rows) >= min(maxRows, MaxRows):
			s.More = true
			return s
		case len(row) > MaxColumns:
			row, s.More = row[:MaxColumns], true
		}
		s.Rows, s.Columns = append(s.Rows, row), max(s.Columns, len(row))
	}
}

// compareRows compares rows as whole, and those that were replaced by others cell by cell.
func compareRows(a, b string, deadline time.Time) []DiffRow {
	rows := []DiffRow{}
	whole := map[string][]string{}
	encode := func(s Sheet) (keys []string) {
		for _, row := range s.Rows {
			key := strings.Join(row, "\x1f")
			whole[key], keys = row, append(keys, key)
		}
		return keys
	}
	pieces := match(encode(ParseSheet(a, MaxRows)), encode(ParseSheet(b, MaxRows)), deadline)
	for i := 0; i < len(pieces); i++ {
		p := pieces[i]
		var replaced []string
		if p.kind == Removed && i+1 < len(pieces) && pieces[i+1].kind == Added {
			replaced = pieces[i+1].tokens
			i++
		}
		for j, key := range p.tokens {
			if j < len(replaced) {
				rows = append(rows, changedRow(whole[key], whole[replaced[j]]))
			} else {
				rows = append(rows, wholeRow(p.kind, whole[key]))
			}
		}
		for _, key := range replaced[min(len(replaced), len(p.tokens)):] {
			rows = append(rows, wholeRow(Added, whole[key]))
		}
	}
	return rows
}

func wholeRow(kind string, cells []string) DiffRow {
	row := DiffRow{Type: kind, Cells: make([]DiffCell, len(cells))}
	for i, cell := range cells {
		row.Cells[i] = DiffCell{Type: kind, Before: cell, After: cell}
		switch kind {
		case Added:
			row.Cells[i].Before = ""
		case Removed:
			row.Cells[i].After = ""
		}
	}
	return row
}

func changedRow(a, b []string) DiffRow {
	row := DiffRow{Type: Changed}
	if slices.Equal(a, b) { // of rows that were too many to be compared
		return wholeRow(Same, a)
	}
	for i := range max(len(a), len(b)) {
		c := DiffCell{Type: Same}
		switch {
		case i >= len(a):
			c.Type, c.After = Added, b[i]
		case i >= len(b):
			c.Type, c.Before = Removed, a[i]
		default:
			if c.Before, c.After = a[i], b[i]; a[i] != b[i] {
				c.Type = Changed
			}
		}
		row.Cells = append(row.Cells, c)
	}
	return row
}
