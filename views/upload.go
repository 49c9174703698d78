package views

import (
	"strings"

	"alleato/store"
)

// UploadRules are what a page says before a file is sent; the server holds to them in any case. Sizes
// are in bytes, and 0 is no limit.
type UploadRules struct {
	Accept   []string // types and endings, for the accept attribute
	MaxFile  int64
	Used     int64
	Quota    int64 // for all of the person's files
	MaxFiles int   // in one message
}

func (r UploadRules) accept() string { return strings.Join(r.Accept, ",") }

// usage says how much is used, and of what.
func (r UploadRules) usage() string {
	if r.Quota <= 0 {
		return store.Bytes(r.Used) + " used"
	}
	return store.Bytes(r.Used) + " of " + store.Bytes(r.Quota) + " used"
}
