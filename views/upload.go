package views

import (
	"strconv"
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

func (r UploadRules) quota() string   { return strconv.FormatInt(r.Quota, 10) }
func (r UploadRules) used() string    { return strconv.FormatInt(r.Used, 10) }
func (r UploadRules) maxFile() string { return strconv.FormatInt(r.MaxFile, 10) }

// high is from where on little space is left.
func (r UploadRules) high() string { return strconv.FormatInt(r.Quota/10*9, 10) }

// left is the space for more files, "" for no limit.
func (r UploadRules) left() string {
	if r.Quota <= 0 {
		return ""
	}
	return strconv.FormatInt(max(r.Quota-r.Used, 0), 10)
}

// limit is the rules in words.
func (r UploadRules) limit() string {
	return "Pictures, PDF, text, tables and code, each at most " + store.Bytes(r.MaxFile) + "."
}
