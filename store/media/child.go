package media

import (
	"bufio"
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/ledongthuc/pdf"
)

// Child does the work of the process that reads a PDF, if this is one, and then ends it. It comes
// first in main, before anything is set up.
func Child() {
	if len(os.Args) != 3 || os.Args[1] != childName {
		return
	}
	limit, err := strconv.Atoi(os.Args[2])
	if err == nil {
		err = confine()
	}
	if err != nil {
		os.Exit(1)
	}
	os.Exit(readPDF(os.Stdin, limit))
}

// confine takes memory and time away from this process for good.
func confine() error {
	runtime.GOMAXPROCS(1)
	debug.SetMemoryLimit(childMemory * 3 / 4)
	seconds := uint64(childTime.Seconds())
	return errors.Join(
		confineMemory(),
		syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: seconds, Max: seconds}),
		syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{}))
}

// readPDF writes the text of the pages to standard output and gives the process's exit code.
func readPDF(f *os.File, limit int) int {
	info, err := f.Stat()
	if err != nil {
		return 1
	}
	doc, err := pdf.NewReader(modern{f}, info.Size())
	if errors.Is(err, pdf.ErrInvalidPassword) {
		return 0 // locked: a PDF without text, for us
	}
	if err != nil {
		return exitDamaged
	}
	out := &writer{w: bufio.NewWriter(os.Stdout), left: limit}
	for i := 1; i <= doc.NumPage() && out.left > 0; i++ {
		out.page(doc, i)
	}
	if out.w.Flush() != nil {
		return 1
	}
	return 0
}

// modern makes a PDF 2.0 look like the 1.7 that the library knows; they differ in nothing it reads.
type modern struct{ r io.ReaderAt }

func (m modern) ReadAt(p []byte, at int64) (int, error) {
	n, err := m.r.ReadAt(p, at)
	const header = "%PDF-2."
	if at == 0 && strings.HasPrefix(string(p[:n]), header) && n > len(header) {
		copy(p, "%PDF-1.7")
	}
	return n, err
}

// writer puts the text of a page's operators together.
type writer struct {
	w        *bufio.Writer
	left     int
	encoding pdf.TextEncoding
	lineY    float64
	last     byte
}

// page writes one page. A page that cannot be read is left out; the others are still worth having.
func (w *writer) page(doc *pdf.Reader, number int) {
	defer func() {
		if p := recover(); p != nil {
			w.write("\n")
		}
	}()
	page := doc.Page(number)
	if page.V.IsNull() || page.V.Key("Contents").IsNull() {
		return
	}
	w.encoding = nil
	pdf.Interpret(page.V.Key("Contents"), func(stack *pdf.Stack, operator string) {
		args := make([]pdf.Value, stack.Len())
		for i := len(args) - 1; i >= 0; i-- {
			args[i] = stack.Pop()
		}
		if w.left > 0 {
			w.operate(page, operator, args)
		}
	})
	w.write("\n\n")
}

// operate takes the operators that show text or move to where it is shown.
func (w *writer) operate(page pdf.Page, operator string, args []pdf.Value) {
	switch operator {
	case "Tf":
		if len(args) == 2 {
			font := page.Font(args[0].Name())
			w.encoding = font.Encoder()
		}
	case "BT", "T*":
		w.line()
	case "Td", "TD":
		if len(args) == 2 && args[1].Float64() != 0 {
			w.line()
		} else {
			w.space()
		}
	case "Tm":
		if len(args) == 6 && args[5].Float64() != w.lineY {
			w.lineY = args[5].Float64()
			w.line()
		} else {
			w.space()
		}
	case "'", `"`:
		w.line()
		fallthrough
	case "Tj":
		if len(args) > 0 {
			w.show(args[len(args)-1].RawString())
		}
	case "TJ":
		w.array(args)
	}
}

// array shows pieces with moves between them; a wide move is the space between two words.
func (w *writer) array(args []pdf.Value) {
	if len(args) == 0 {
		return
	}
	for i := range args[0].Len() {
		switch v := args[0].Index(i); v.Kind() {
		case pdf.String:
			w.show(v.RawString())
		case pdf.Integer, pdf.Real:
			const wordGap = -180 // thousandths of the type size
			if v.Float64() < wordGap {
				w.space()
			}
		}
	}
}

func (w *writer) show(raw string) {
	if w.encoding != nil {
		raw = w.encoding.Decode(raw)
	}
	w.write(strings.Map(func(c rune) rune {
		if c < ' ' || c == utf8.RuneError {
			return -1
		}
		return c
	}, strings.ToValidUTF8(raw, "")))
}

func (w *writer) line() {
	if w.last != '\n' && w.last != 0 {
		w.write("\n")
	}
}

func (w *writer) space() {
	if w.last != '\n' && w.last != ' ' && w.last != 0 {
		w.write(" ")
	}
}

func (w *writer) write(text string) {
	if len(text) > w.left {
		text = text[:w.left]
	}
	if text == "" {
		return
	}
	w.left, w.last = w.left-len(text), text[len(text)-1]
	if _, err := w.w.WriteString(text); err != nil {
		w.left = 0 // nobody listens any more
	}
}

// trimRune takes an incomplete character off the end.
func trimRune(text []byte) []byte {
	for i := 1; i <= min(utf8.UTFMax, len(text)); i++ {
		if b := text[len(text)-i:]; utf8.RuneStart(b[0]) {
			if !utf8.FullRune(b) {
				return text[:len(text)-i]
			}
			break
		}
	}
	return text
}
