// Package migrations owns the DDL of the database: numbered files that are
// never edited once released, a set per dialect. It imports nothing of ours
// and must not know the nouns, so that a later noun cannot change history.
package migrations

import (
	"embed"
	"io/fs"
)

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// FS is the set of migrations of a dialect, "sqlite" or "postgres". For any
// other name it is empty: opening a file in it fails.
func FS(dialect string) fs.FS {
	sub, err := fs.Sub(files, dialect)
	if err != nil {
		return embed.FS{}
	}
	return sub
}
