package views

import (
	"time"

	"alleato/store"
)

// KeyView is the page of one's API keys: those there are, and the form that makes one.
type KeyView struct {
	Keys    []store.APIKey
	Made    *store.APIKey // the one just made, nil when none
	Secret  string        // of Made; shown this once
	Name    string        // what was typed
	Scope   string
	Form    Form
	Ends    []KeyEnd
	Max     int
	APIBase string // where the API is, for the example
	Now     time.Time
	Zone    *time.Location
}

// KeyEnd is an expiry that the form offers.
type KeyEnd struct{ Label, At string }

func (v KeyView) day(t time.Time) string {
	zone := v.Zone
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format("2 Jan 2006")
}

func (v KeyView) used(k store.APIKey) string {
	switch {
	case k.LastUsedAt == nil:
		return "never used"
	case v.Now.Sub(*k.LastUsedAt) < 2*time.Minute:
		return "used just now"
	}
	return "last used " + v.day(*k.LastUsedAt)
}

func (v KeyView) end(k store.APIKey) string {
	switch {
	case k.ExpiresAt == nil:
		return "no expiry"
	case k.Expired(v.Now):
		return "expired " + v.day(*k.ExpiresAt)
	}
	return "expires " + v.day(*k.ExpiresAt)
}

func scopeName(scope string) string {
	if scope == store.ScopeRead {
		return "Read only"
	}
	return "Read and write"
}
