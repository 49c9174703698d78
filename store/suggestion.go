package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// The states of a suggestion.
const (
	SuggestionPending   = "pending"
	SuggestionAccepted  = "accepted"
	SuggestionDismissed = "dismissed"
)

const (
	maxSuggestion      = 20_000 // bytes of each of its texts
	maxSuggestionNote  = 2_000
	maxSuggestionCount = 200 // of one document that wait
	maxSuggestionList  = 1_000
)

// Suggestion is a change that the assistant or the owner proposes: OriginalText, which stands in the
// document, is to become SuggestedText. Its state belongs to the document, whichever version it was
// made on.
type Suggestion struct {
	bun.BaseModel `bun:"table:suggestions,alias:g"`

	ID              string     `bun:"id,pk" json:"id"`
	DocumentID      string     `bun:"document_id" json:"documentId"`
	DocumentVersion int        `bun:"document_version" json:"documentVersion"`
	UserID          string     `bun:"user_id" json:"-"`
	OriginalText    string     `bun:"original_text" json:"originalText"`
	SuggestedText   string     `bun:"suggested_text" json:"suggestedText"`
	Description     string     `bun:"description" json:"description"`
	Status          string     `bun:"status" json:"status"`
	ResolvedAt      *time.Time `bun:"resolved_at" json:"-"`
	CreatedAt       time.Time  `bun:"created_at" json:"-"`
}

// Resolution is what a person says to a suggestion. Occurrence says which one is meant of several places
// that hold its OriginalText, from 1; 0 is the first.
type Resolution struct {
	Status     string
	Occurrence int
}

func errNoSuggestion() *Error { return Errorf(NotFound, "There is no such suggestion.") }

// crlf makes every line break one of two characters.
var crlf = strings.NewReplacer("\r\n", "\r\n", "\n", "\r\n")

// adapt writes the suggestion's line breaks as the text does whose lines all end with two characters: models
// write one.
func (g *Suggestion) adapt(text string) {
	original := crlf.Replace(g.OriginalText)
	if strings.Contains(text, original) && strings.Contains(text, "\r\n") && crlf.Replace(text) == text {
		g.OriginalText, g.SuggestedText = original, crlf.Replace(g.SuggestedText)
	}
}

// Fits says whether a text still holds what the suggestion is about.
func (g *Suggestion) Fits(text string) bool { return strings.Contains(text, g.OriginalText) }

// Suggestions lists those of one of the user's own documents, oldest first; of more than a thousand the
// last ones.
func (s *Store) Suggestions(ctx context.Context, userID, documentID string) ([]Suggestion, error) {
	list := []Suggestion{}
	err := s.read(ctx, func(ctx context.Context) error {
		return selectSuggestions(s.reader, &list, userID).Where("g.document_id = ?", cleanText(documentID)).
			OrderExpr("g.created_at DESC, g.id DESC").Limit(maxSuggestionList).Scan(ctx)
	})
	slices.Reverse(list)
	return list, err
}

func selectSuggestions(db bun.IDB, dest any, userID string) *bun.SelectQuery {
	return db.NewSelect().Model(dest).ColumnExpr("g.*").Join("JOIN documents AS d ON d.id = g.document_id").Where("d.user_id = ?", userID)
}

// CreateSuggestion saves a suggestion about the newest version of one of the user's own documents,
// which must hold its OriginalText.
func (s *Store) CreateSuggestion(ctx context.Context, userID, documentID string, g *Suggestion) error {
	g.OriginalText, g.SuggestedText, g.Description = cleanText(g.OriginalText), cleanText(g.SuggestedText), cleanLine(g.Description)
	if err := g.check(); err != nil {
		return err
	}
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		d, err := s.lockDocument(ctx, tx, userID, documentID)
		if err != nil {
			return err
		}
		if g.adapt(d.Text()); d.Kind == KindImage || !g.Fits(d.Text()) {
			return Errorf(Invalid, "The document does not hold the text that is to be replaced.").WithField("originalText")
		}
		waiting, err := tx.NewSelect().Table("suggestions").Where("document_id = ? AND status = 'pending'", d.ID).Count(ctx)
		if err != nil {
			return err
		}
		if waiting >= maxSuggestionCount {
			return Errorf(Conflict, "%d suggestions wait for this document already.", maxSuggestionCount).WithHint("Accept or dismiss some first.")
		}
		g.ID, g.DocumentID, g.DocumentVersion, g.UserID, g.Status, g.CreatedAt = NewID(), d.ID, d.Version, userID, SuggestionPending, s.Now()
		_, err = tx.NewInsert().Model(g).Exec(ctx)
		return err
	})
}

func (g *Suggestion) check() error {
	switch {
	case strings.TrimSpace(g.OriginalText) == "":
		return Errorf(Invalid, "The suggestion does not say which text it is about.").WithField("originalText")
	case len(g.OriginalText) > maxSuggestion:
		return Errorf(Invalid, "A suggestion replaces %d bytes of text at most.", maxSuggestion).WithField("originalText")
	case len(g.SuggestedText) > maxSuggestion:
		return Errorf(Invalid, "A suggestion is %d bytes of text at most.", maxSuggestion).WithField("suggestedText")
	case g.OriginalText == g.SuggestedText:
		return Errorf(Invalid, "The suggestion changes nothing.").WithField("suggestedText")
	case len(g.Description) > maxSuggestionNote:
		return Errorf(Invalid, "A description is %d bytes at most.", maxSuggestionNote).WithField("description")
	}
	return nil
}

// Suggestion reads one of the user's own.
func (s *Store) Suggestion(ctx context.Context, userID, id string) (*Suggestion, error) {
	g := new(Suggestion)
	err := s.read(ctx, func(ctx context.Context) error {
		return selectSuggestions(s.reader, g, userID).Where("g.id = ?", cleanText(id)).Scan(ctx)
	})
	if CodeOf(err) == NotFound {
		return nil, errNoSuggestion()
	}
	return g, err
}

// ResolveSuggestion accepts or dismisses a suggestion that waits. Accepting it puts its text into the
// newest version as a new one; when that no longer holds the original text it is a Conflict, and the
// suggestion goes on waiting. To say the same again changes nothing.
func (s *Store) ResolveSuggestion(ctx context.Context, userID, id string, r Resolution) (*Suggestion, *Document, error) {
	status := r.Status
	if status != SuggestionAccepted && status != SuggestionDismissed {
		return nil, nil, Errorf(Invalid, "A suggestion is accepted or dismissed.").WithField("status")
	}
	g, err := s.Suggestion(ctx, userID, id)
	if err != nil {
		return nil, nil, err
	}
	var d *Document
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if d, err = s.lockDocument(ctx, tx, userID, g.DocumentID); err != nil {
			return err
		}
		if err := tx.NewSelect().Model(g).Where("g.id = ?", g.ID).Scan(ctx); err != nil {
			return err
		}
		if g.Status == status {
			return nil
		}
		if g.Status != SuggestionPending {
			return Errorf(Conflict, "This suggestion is %s already.", g.Status).WithField("status")
		}
		if status == SuggestionDismissed {
			return s.resolve(ctx, tx, g, status)
		}
		return s.accept(ctx, tx, d, g, r.Occurrence)
	})
	if err != nil {
		return nil, nil, err
	}
	return g, d, nil
}

// AcceptSuggestions accepts all suggestions that wait and fit as one new version, each where its text
// stands first, or at its occurrence by its id. Those that do not fit, or are about what an earlier one
// changes, go on waiting. accepted is how many there were.
func (s *Store) AcceptSuggestions(ctx context.Context, userID, documentID string, occurrences map[string]int) (accepted int, d *Document, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		accepted = 0
		if d, err = s.lockDocument(ctx, tx, userID, documentID); err != nil {
			return err
		}
		var all []Suggestion
		err := tx.NewSelect().Model(&all).Where("g.document_id = ? AND g.status = 'pending'", d.ID).OrderExpr("g.created_at, g.id").Scan(ctx)
		if err != nil {
			return err
		}
		text, fitting := applyAll(d.Text(), all, occurrences)
		if accepted = len(fitting); accepted == 0 {
			return nil
		}
		for _, g := range fitting {
			if err := s.resolve(ctx, tx, g, SuggestionAccepted); err != nil {
				return err
			}
		}
		return s.addText(ctx, tx, d, text)
	})
	return accepted, d, err
}

// applyAll puts suggestions into a text, all of them where they are in the text as it was: one must not
// change what another one has just put there.
func applyAll(text string, all []Suggestion, occurrences map[string]int) (string, []*Suggestion) {
	at := map[*Suggestion]int{}
	var fitting, again []*Suggestion
	for i := range all {
		g := &all[i]
		from := indexOf(text, g.OriginalText, occurrences[g.ID])
		overlaps := func(other *Suggestion) bool {
			return from < at[other]+len(other.OriginalText) && at[other] < from+len(g.OriginalText)
		}
		same := func(other *Suggestion) bool {
			return from == at[other] && g.OriginalText == other.OriginalText && g.SuggestedText == other.SuggestedText
		}
		switch {
		case from < 0:
		case slices.ContainsFunc(fitting, same):
			again = append(again, g)
		case !slices.ContainsFunc(fitting, overlaps):
			at[g], fitting = from, append(fitting, g)
		}
	}
	slices.SortFunc(fitting, func(a, b *Suggestion) int { return at[a] - at[b] })
	var b strings.Builder
	end := 0
	for _, g := range fitting {
		b.WriteString(text[end:at[g]] + g.SuggestedText)
		end = at[g] + len(g.OriginalText)
	}
	return b.String() + text[end:], append(fitting, again...)
}

// accept puts one suggestion into the newest version.
func (s *Store) accept(ctx context.Context, tx bun.Tx, d *Document, g *Suggestion, occurrence int) error {
	text := d.Text()
	at := indexOf(text, g.OriginalText, occurrence)
	if at < 0 {
		return Errorf(Conflict, "This suggestion no longer fits: the text that it is about has changed.").
			WithHint("Dismiss it, or ask for suggestions again.")
	}
	if err := s.resolve(ctx, tx, g, SuggestionAccepted); err != nil {
		return err
	}
	return s.addText(ctx, tx, d, text[:at]+g.SuggestedText+text[at+len(g.OriginalText):])
}

// indexOf is where a part begins in a text for the nth time, from 1, or -1.
func indexOf(text, part string, n int) int {
	at := strings.Index(text, part)
	for ; n > 1 && at >= 0; n-- {
		next := strings.Index(text[at+len(part):], part)
		if next < 0 {
			return -1
		}
		at += len(part) + next
	}
	return at
}

// addText makes text the document's next version, by its owner.
func (s *Store) addText(ctx context.Context, tx bun.Tx, d *Document, text string) error {
	if err := checkContent(ctx, tx, d.UserID, d.Kind, text); err != nil {
		return err
	}
	before := *d
	d.Content, d.Author, d.Autosave, d.MessageID, d.StreamID = &text, AuthorUser, false, nil, nil
	return s.addVersion(ctx, tx, d, &before)
}

func (s *Store) resolve(ctx context.Context, tx bun.Tx, g *Suggestion, status string) error {
	now := s.Now()
	g.Status, g.ResolvedAt = status, &now
	_, err := tx.NewUpdate().Model(g).Column("status", "resolved_at").WherePK().Exec(ctx)
	return err
}
