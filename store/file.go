package store

import (
	"context"
	"crypto/rand"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// Buckets say what a file is for.
const (
	Uploads = "uploads" // attachments: read by whoever has the URL
	Avatars = "avatars" // pictures of people: read by anyone
	Exports = "exports" // read by their owner alone
)

// Buckets are all of them: the first segment of every blob key.
func Buckets() []string { return []string{Uploads, Avatars, Exports} }

// MaxFileName is the longest name of a file, in bytes.
const MaxFileName = 200

// File is what is known of a file; its bytes are a blob under BlobKey. ReadKey is the part of its
// public URL that nobody can guess, and changes when that URL has to end. URL and ThumbnailURL are
// made when it is shown.
type File struct {
	bun.BaseModel `bun:"table:files,alias:f"`

	ID           string     `bun:"id,pk" json:"id"`
	UserID       string     `bun:"user_id" json:"-"`
	ChatID       *string    `bun:"chat_id" json:"-"`
	Bucket       string     `bun:"bucket" json:"bucket"`
	Name         string     `bun:"name" json:"name"`
	ContentType  string     `bun:"content_type" json:"contentType"`
	Size         int64      `bun:"size" json:"size"` // bytes
	SHA256       string     `bun:"sha256" json:"sha256"`
	URL          string     `bun:"-" json:"url"`
	ThumbnailURL *string    `bun:"-" json:"thumbnailUrl"`
	ReadKey      string     `bun:"read_key" json:"-"`
	BlobKey      string     `bun:"blob_key" json:"-"`
	DeletedAt    *time.Time `bun:"deleted_at" json:"-"`
	CreatedAt    time.Time  `bun:"created_at" json:"createdAt"`

	// Of the lists alone: the title of its chat, and in AllFiles whose it is.
	ChatTitle  string  `bun:"chat_title,scanonly" json:"-"`
	OwnerEmail *string `bun:"owner_email,scanonly" json:"-"` // nil for a guest
	OwnerRole  Role    `bun:"owner_role,scanonly" json:"-"`
}

func errNoFile() *Error { return Errorf(NotFound, "There is no such file.") }

// NewFile prepares the row of a user's file, with an id, a blob key and a read key of its own.
func (s *Store) NewFile(userID, bucket, name, contentType string) *File {
	id := NewID()
	return &File{ID: id, UserID: userID, Bucket: bucket, Name: name, ContentType: contentType,
		ReadKey: newReadKey(), BlobKey: blobKey(bucket, id), CreatedAt: s.Now()}
}

// blobKey spreads a bucket's blobs over 256 directories by the random end of the id.
func blobKey(bucket, id string) string { return bucket + "/" + id[len(id)-2:] + "/" + id }

func newReadKey() string { return strings.ToLower(rand.Text()) }

// CheckFileName refuses what leads somewhere else or shows itself as what it is not.
func CheckFileName(name string) error {
	refusal := Errorf(Invalid, "The file's name holds characters that a name may not have.").
		WithHint("Rename the file and send it again.").WithField("file")
	switch {
	case strings.TrimSpace(name) == "" || strings.Trim(name, ". ") == "":
		return Errorf(Invalid, "The file has no name.").WithField("file")
	case len(name) > MaxFileName:
		return Errorf(Invalid, "The file's name is longer than %d bytes.", MaxFileName).WithField("file")
	case name != cleanText(name) || strings.ContainsAny(name, `/\`):
		return refusal
	}
	runes := []rune(name)
	for i, c := range runes {
		// Cf are the invisible ones, some of which turn text around.
		if unicode.IsControl(c) || (unicode.Is(unicode.Cf, c) && !joins(runes, i)) || c == '\u2028' || c == '\u2029' {
			return refusal
		}
	}
	return nil
}

// joins says whether the character is a zero-width joiner or non-joiner where one has a meaning: Persian,
// Hindi and many emoji are written with them. Between others it would make two names that look the same.
func joins(name []rune, at int) bool {
	if name[at] != '\u200c' && name[at] != '\u200d' {
		return false
	}
	shapes := func(i int) bool {
		const ascii = 0x7f
		return i >= 0 && i < len(name) && name[i] > ascii && unicode.In(name[i], unicode.L, unicode.M, unicode.So, unicode.Sk)
	}
	// a half consonant of Hindi may end a word
	return shapes(at-1) && (shapes(at+1) || unicode.Is(unicode.M, name[at-1]))
}

// CreateFile saves the row of a file whose blob is there, unless the user's files would then take
// more than quota bytes; 0 is no quota. A guest's row is saved too.
func (s *Store) CreateFile(ctx context.Context, user *User, f *File, quota int64) error {
	f.UserID = user.ID
	if err := CheckFileName(f.Name); err != nil {
		return err
	}
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.SaveGuest(ctx, tx, user); err != nil {
			return err
		}
		if err := checkQuota(ctx, tx, f, quota); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(f).Exec(ctx)
		return err
	})
	if err == nil {
		user.saved()
	}
	return err
}

// checkQuota locks the user's row first: two uploads at once must not both fit into the last space.
func checkQuota(ctx context.Context, tx bun.Tx, f *File, quota int64) error {
	if quota <= 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, "UPDATE users SET id = id WHERE id = ?", f.UserID)
	if err != nil {
		return err
	}
	used, err := usage(ctx, tx, f.UserID)
	if err == nil && used+f.Size > quota {
		return ErrQuota(used, quota)
	}
	return err
}

// ErrQuota refuses a file for which a user has no space left; sizes in bytes.
func ErrQuota(used, quota int64) *Error {
	return Errorf(TooLarge, "Your files take %s of the %s that you have, and this one does not fit.", Bytes(used), Bytes(quota)).
		WithHint("Delete files that you no longer need.").WithField("file")
}

// Usage is how many bytes the user's files take together; exports, which go by themselves, do not count.
func (s *Store) Usage(ctx context.Context, userID string) (n int64, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		n, err = usage(ctx, s.reader, userID)
		return err
	})
	return n, err
}

func usage(ctx context.Context, db bun.IDB, userID string) (n int64, err error) {
	err = db.NewSelect().Table("files").ColumnExpr("CAST(COALESCE(SUM(size), 0) AS BIGINT)").
		Where("user_id = ? AND bucket <> 'exports' AND deleted_at IS NULL", userID).Scan(ctx, &n)
	return n, err
}

// File reads one of the user's own.
func (s *Store) File(ctx context.Context, userID, id string) (*File, error) {
	return s.file(ctx, "f.id = ? AND f.user_id = ? AND f.deleted_at IS NULL", cleanText(id), userID)
}

// PublicFile reads an upload of anybody's by its read key.
func (s *Store) PublicFile(ctx context.Context, id, readKey string) (*File, error) {
	return s.file(ctx, "f.id = ? AND f.read_key = ? AND f.bucket = 'uploads' AND f.deleted_at IS NULL", cleanText(id), cleanText(readKey))
}

// Avatar reads anybody's picture.
func (s *Store) Avatar(ctx context.Context, id string) (*File, error) {
	return s.file(ctx, "f.id = ? AND f.bucket = 'avatars' AND f.deleted_at IS NULL", cleanText(id))
}

func (s *Store) file(ctx context.Context, where string, args ...any) (*File, error) {
	f := new(File)
	err := s.read(ctx, func(ctx context.Context) error {
		return s.reader.NewSelect().Model(f).Where(where, args...).Scan(ctx)
	})
	if CodeOf(err) == NotFound {
		return nil, errNoFile()
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// FilesByID reads those of the ids that are the user's, by id.
func (s *Store) FilesByID(ctx context.Context, userID string, ids []string) (map[string]*File, error) {
	found := map[string]*File{}
	if len(ids) == 0 {
		return found, nil
	}
	var files []*File
	err := s.read(ctx, func(ctx context.Context) error {
		return s.reader.NewSelect().Model(&files).Where("f.user_id = ? AND f.deleted_at IS NULL", userID).
			Where("f.id IN (?)", bun.In(ids)).Scan(ctx)
	})
	for _, f := range files {
		found[f.ID] = f
	}
	return found, err
}

// The blobs beside a file's own: the small picture, the one for models, the text of a document.

// ThumbnailKey is where the small form of a picture is.
func (f *File) ThumbnailKey() string { return f.BlobKey + "-thumbnail" }

// ViewKey is where the form of a large picture is that models get, a JPEG.
func (f *File) ViewKey() string { return f.BlobKey + "-view" }

// TextKey is where the text of a PDF is.
func (f *File) TextKey() string { return f.BlobKey + "-text" }

// BlobKeys are all blobs that a file may have.
func (f *File) BlobKeys() []string {
	return []string{f.BlobKey, f.ThumbnailKey(), f.ViewKey(), f.TextKey()}
}

// FileBlobKey is the file's own blob key, of which key may be one beside it; false for a key that no
// file of ours has.
func FileBlobKey(key string) (own string, ok bool) {
	own = key
	for _, suffix := range []string{"-thumbnail", "-view", "-text"} {
		own = strings.TrimSuffix(own, suffix)
	}
	bucket, _, _ := strings.Cut(own, "/")
	id := own[strings.LastIndexByte(own, '/')+1:]
	return own, uuid.Validate(id) == nil && own == blobKey(bucket, id)
}

// IsImage reports whether the file is a picture, which we have made anew.
func (f *File) IsImage() bool { return strings.HasPrefix(f.ContentType, "image/") }
