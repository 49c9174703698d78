package store

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

const (
	argonTime    = 2
	argonMemory  = 19456 // KiB
	argonThreads = 1
	argonSalt    = 16
	argonKey     = 32

	// Each hash takes its own memory, so that many at once would take it all.
	hashesAtOnce = 2
)

var errHash = errors.New("store: not an argon2id hash")

// hasher makes and checks argon2id hashes, a few at a time.
type hasher struct{ slots chan struct{} }

func newHasher() hasher { return hasher{make(chan struct{}, hashesAtOnce)} }

func (h hasher) acquire(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return Errorf(Unavailable, "Too many people are signing in at the moment.").
			WithHint("Try again in a moment.").WithCause(ctx.Err())
	}
}

func (h hasher) release() { <-h.slots }

// hash makes a PHC string of a password.
func (h hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.acquire(ctx); err != nil {
		return "", err
	}
	defer h.release()
	p := phc{time: argonTime, memory: argonMemory, threads: argonThreads, salt: make([]byte, argonSalt)}
	if _, err := rand.Read(p.salt); err != nil {
		return "", fmt.Errorf("make a salt: %w", err)
	}
	p.key = p.derive(password, argonKey)
	return p.String(), nil
}

// verify compares in constant time. stale says that the hash was made with
// other parameters than today's. An empty hash takes as long as any and never
// matches: whether an account exists must not show in the time.
func (h hasher) verify(ctx context.Context, hash, password string) (ok, stale bool, err error) {
	if err := h.acquire(ctx); err != nil {
		return false, false, err
	}
	defer h.release()
	p := phc{time: argonTime, memory: argonMemory, threads: argonThreads, salt: make([]byte, argonSalt), key: make([]byte, argonKey)}
	if hash != "" {
		if p, err = parsePHC(hash); err != nil {
			return false, false, err
		}
	}
	same := subtle.ConstantTimeCompare(p.derive(password, len(p.key)), p.key) == 1
	return same && hash != "", p.time != argonTime || p.memory != argonMemory || p.threads != argonThreads, nil
}

// phc is a hash with its parameters.
type phc struct {
	time, memory uint32
	threads      uint8
	salt, key    []byte
}

func (p phc) derive(password string, length int) []byte {
	return argon2.IDKey([]byte(password), p.salt, p.time, p.memory, p.threads, uint32(length))
}

func (p phc) String() string {
	enc := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.time, p.threads, enc(p.salt), enc(p.key))
}

func parsePHC(s string) (p phc, err error) {
	fields := strings.Split(s, "$")
	if len(fields) != 6 || fields[1] != "argon2id" {
		return p, errHash
	}
	var version int
	if _, err := fmt.Sscanf(fields[2], "v=%d", &version); err != nil || version != argon2.Version {
		return p, errHash
	}
	if _, err := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); err != nil {
		return p, errHash
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(fields[4])
	key, keyErr := base64.RawStdEncoding.DecodeString(fields[5])
	if saltErr != nil || keyErr != nil || len(key) == 0 || p.time == 0 || p.threads == 0 {
		return p, errHash
	}
	p.salt, p.key = salt, key
	return p, nil
}
