package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"alleato/store/turns"
)

// A PDF is a program: a few kilobytes of it can unpack to gigabytes or never end, and the library
// that reads it cannot be stopped. So it is read in a process of its own, which has little memory
// and little time and nothing to lose.
const (
	childName   = "read-pdf"
	childMemory = 256 << 20 // bytes of data
	childTime   = 10 * time.Second
	// exits of the child
	exitDamaged = 3
)

// Documents reads documents, a few at a time.
type Documents struct{ places *turns.Queue }

// NewDocuments allows n at once, of which one is always left to others than the one who reads the most.
func NewDocuments(n int) *Documents { return &Documents{places: turns.New(n, max(1, n-1))} }

// PDFText gives the text of a PDF, at most limit bytes of it, and whether there was more. A PDF whose
// text is locked or only pictures has none. ErrDamaged is no PDF, ErrTooCostly one that asks for more
// time or memory than is given, turns.ErrBusy that who had no turn in time. The program must call Child first thing.
func (d *Documents) PDFText(ctx context.Context, who string, f *os.File, limit int) (text []byte, more bool, err error) {
	leave, err := d.places.Take(ctx, who)
	if err != nil {
		return nil, false, err
	}
	defer leave()
	program, err := os.Executable()
	if err != nil {
		return nil, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, childTime)
	defer cancel()
	child := exec.CommandContext(ctx, program, childName, fmt.Sprint(limit+1))
	child.Stdin, child.Env, child.WaitDelay = f, []string{}, time.Second
	out, err := child.StdoutPipe()
	if err != nil {
		return nil, false, err
	}
	if err := child.Start(); err != nil {
		return nil, false, err
	}
	text, readErr := io.ReadAll(io.LimitReader(out, int64(limit)+1))
	return cutText(text, limit, errors.Join(readErr, ending(ctx, child.Wait())))
}

func cutText(text []byte, limit int, err error) ([]byte, bool, error) {
	if err != nil {
		return nil, false, err
	}
	if len(text) > limit {
		return trimRune(text[:limit]), true, nil
	}
	return text, false, nil
}

// ending says what the child's end means.
func ending(ctx context.Context, err error) error {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", ErrTooCostly, ctx.Err())
	case errors.As(err, &exit) && exit.ExitCode() == exitDamaged:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case errors.As(err, &exit): // out of memory, or killed for its time
		return fmt.Errorf("%w: %w", ErrTooCostly, err)
	}
	return err
}
