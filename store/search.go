package store

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	maxSearchWords  = 12
	maxSearchTitles = 8 // and as many documents: the rest of a page of results is messages
)

// What a result is.
const (
	ResultChat     = "chat"
	ResultMessage  = "message"
	ResultDocument = "document"
)

// Result is a chat whose title, or a message or a document whose text, has all of the words.
type Result struct {
	Type       string    `json:"type"`
	ChatID     *string   `json:"chatId"`     // nil for a document without one
	MessageID  *string   `json:"messageId"`  // of a message
	DocumentID *string   `json:"documentId"` // of a document
	Role       *string   `json:"role"`       // of the message
	Title      string    `json:"title"`      // of the chat, or of the document
	Snippet    []Segment `json:"snippet"`
	CreatedAt  time.Time `json:"createdAt"`
	text       string
	markdown   bool // what text is written in
}

// Segment is a piece of a snippet, as plain text; Match is what was looked for.
type Segment struct {
	Text  string `json:"text"`
	Match bool   `json:"match"`
}

// searchQuery is what the two databases look for.
type searchQuery struct {
	userID string
	// words holds the query's words; each is a list of its runs of letters and
	// digits, which must follow each other.
	words [][]string
	// open: the last word is still being typed, and may go on.
	open bool
}

// Search looks in the titles and messages of a user's chats, and in their
// documents, for all the words of a query, in any order, whatever their case
// and accents; the last one may be the beginning of a word. Titles come first,
// then documents, each kind newest first. A
// query without letters or digits finds nothing. Limit 0 is 50, at most 100.
func (s *Store) Search(ctx context.Context, userID, query string, limit int) ([]Result, error) {
	q := parseSearch(userID, query)
	results := []Result{}
	if len(q.words) == 0 {
		return results, nil
	}
	limit = pageSize(limit)
	err := s.read(ctx, func(ctx context.Context) error {
		titles, err := s.find(ctx, q, true, min(limit, maxSearchTitles))
		if err != nil {
			return err
		}
		documents, err := s.searchDocuments(ctx, q, min(limit-len(titles), maxSearchTitles))
		if err != nil {
			return err
		}
		messages, err := s.find(ctx, q, false, limit-len(titles)-len(documents))
		results = append(append(append(results, titles...), documents...), messages...)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range results {
		results[i].Snippet = snippet(results[i].text, results[i].markdown, q)
	}
	return results, nil
}

func parseSearch(userID, query string) searchQuery {
	query = firstRunes(cleanText(query), maxQuery)
	q := searchQuery{userID: userID}
	for _, word := range strings.Fields(query) {
		runs := strings.FieldsFunc(word, func(r rune) bool { return !isWordRune(r) })
		if len(runs) > 0 && len(q.words) < maxSearchWords {
			q.words = append(q.words, runs)
			// One letter begins too many words to look for them all; é is e there.
			q.open = len(fold(runs[len(runs)-1])) > 1
		}
	}
	q.open = q.open && !strings.HasSuffix(query, " ")
	return q
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Mn, r)
}

// find reads one kind of result.
func (s *Store) find(ctx context.Context, q searchQuery, titles bool, limit int) (results []Result, err error) {
	if limit <= 0 {
		return nil, nil
	}
	query, args := s.dialect.searchSQL(q, titles, limit)
	rows, err := s.reader.DB.QueryContext(ctx, s.dialect.bind(query), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err below tells
	for rows.Next() {
		r := Result{Type: ResultChat, ChatID: new(string)}
		dest := []any{r.ChatID, &r.Title, &r.text, &r.CreatedAt}
		if !titles {
			r.Type, r.MessageID, r.Role, r.markdown = ResultMessage, new(string), new(string), true
			dest = append(dest, r.MessageID, r.Role)
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, rows.Err()
}

// snippetBefore and snippetAfter are how much of a text is shown around the
// first match, in bytes, about.
const (
	snippetBefore = 60
	snippetAfter  = 180
)

// snippet cuts the surroundings of the first match out of a text, on one line,
// and marks every match in it. Of Markdown it shows the words.
func snippet(text string, markdown bool, q searchQuery) []Segment {
	starts := q.starts()
	from, to := 0, 0
	for at, end := range wordsOf(text) {
		if begins(text[at:end], starts) {
			from = at
			break
		}
	}
	from = max(0, from-snippetBefore)
	to = min(len(text), from+snippetBefore+snippetAfter)
	from, to = wordEdge(text, from), wordEdge(text, to)
	cut := text[from:to]
	if markdown {
		cut = plainText(cut, from == 0 || text[from-1] == '\n', func(address string) bool { return len(highlight(address, starts)) > 1 })
	}
	cut = cleanLine(cut)
	segments := highlight(cut, starts)
	if from > 0 {
		segments = append([]Segment{{Text: "… "}}, segments...)
	}
	if to < len(text) {
		segments = append(segments, Segment{Text: " …"})
	}
	return segments
}

// wordEdge moves a cut back to where a word begins, if that is near.
func wordEdge(text string, at int) int {
	const near = 30
	switch {
	case at == len(text):
		return at
	case at <= near:
		return 0
	}
	if i := strings.LastIndexAny(text[at-near:at], " \n\t"); i >= 0 {
		return at - near + i + 1
	}
	for at > 0 && !utf8.RuneStart(text[at]) {
		at--
	}
	return at
}

func highlight(text string, starts []string) (segments []Segment) {
	add := func(s string, match bool) {
		if last := len(segments) - 1; last >= 0 && segments[last].Match == match {
			segments[last].Text += s
		} else if s != "" {
			segments = append(segments, Segment{Text: s, Match: match})
		}
	}
	done := 0
	for at, end := range wordsOf(text) {
		if begins(text[at:end], starts) {
			add(text[done:at], false)
			add(text[at:end], true)
			done = end
		}
	}
	add(text[done:], false)
	return segments
}

// wordsOf gives the runs of letters and digits of a text, as begin and end.
func wordsOf(text string) func(yield func(at, end int) bool) {
	return func(yield func(at, end int) bool) {
		at := -1
		for i, r := range text {
			switch {
			case isWordRune(r) && at < 0:
				at = i
			case !isWordRune(r) && at >= 0:
				if !yield(at, i) {
					return
				}
				at = -1
			}
		}
		if at >= 0 {
			yield(at, len(text))
		}
	}
}

// starts are the runs that a match equals, folded; the one still being typed
// ends in *.
func (q searchQuery) starts() (starts []string) {
	for i, runs := range q.words {
		for j, run := range runs {
			run = fold(run)
			if q.open && i == len(q.words)-1 && j == len(runs)-1 {
				run += "*"
			}
			starts = append(starts, run)
		}
	}
	return starts
}

func begins(word string, starts []string) bool {
	for _, start := range starts {
		if prefix, open := strings.CutSuffix(start, "*"); foldsTo(word, prefix, open) {
			return true
		}
	}
	return false
}
