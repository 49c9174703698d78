package store

import "github.com/google/uuid"

const maxIDLen = 64

// NewID makes an id: a UUIDv7, so that ids sort by the time they were made.
func NewID() string {
	return uuid.Must(uuid.NewV7()).String()
}

// ValidID reports whether a client may bring id: 1 to 64 URL-safe characters.
func ValidID(id string) bool {
	if id == "" || len(id) > maxIDLen {
		return false
	}
	for i := range len(id) {
		if !urlSafe(id[i]) {
			return false
		}
	}
	return true
}

func urlSafe(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	default:
		return c == '-' || c == '_'
	}
}
