package store

import (
	"encoding/base64"
	"encoding/json"
	"time"
)

const (
	defaultPage = 50
	maxPage     = 100
)

// cursor is where a page ended. Callers pass it back and do not look inside.
type cursor struct {
	Micros int64  `json:"t"`
	ID     string `json:"i"`
	Pinned bool   `json:"p,omitempty"`
}

func (c cursor) time() time.Time { return time.UnixMicro(c.Micros).UTC() }

func (c cursor) String() string {
	b, err := json.Marshal(c)
	if err != nil {
		return "" // cannot happen: a number, a string and a bool
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// parseCursor gives nil for "", the start.
func parseCursor(s string) (*cursor, error) {
	if s == "" {
		return nil, nil
	}
	c := new(cursor)
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, c)
	}
	if err != nil || !ValidID(c.ID) || c.Micros < 0 || c.time().Year() > 9999 {
		return nil, Errorf(Invalid, "The cursor is not one of ours.").WithField("cursor").WithCause(err)
	}
	return c, nil
}

// pageSize brings what a caller asks for within bounds.
func pageSize(limit int) int {
	if limit <= 0 {
		return defaultPage
	}
	return min(limit, maxPage)
}
