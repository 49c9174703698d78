package model

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

const (
	readBuffer = 2 << 10 // holds several chunks; a thousand replies have one each
	maxLine    = 1 << 20 // far above any real delta; what one line may cost us in memory
)

type lineKind int

const (
	lineBlank   lineKind = iota // between events: no sign of life
	lineComment                 // keep-alives, and fields that we do not use
	lineData                    // one chunk
	lineDone                    // [DONE]
)

var (
	dataField = []byte("data:")
	doneMark  = []byte("[DONE]")
	utf8BOM   = []byte("\xef\xbb\xbf")
)

// lineReader reads the lines of an event stream, without the limits and losses
// of the library's own reader: that one cannot tell [DONE] from a broken
// connection (both are io.EOF), loses an error object that follows an `event:`
// line or a comment, drops a last line without a line end, holds a line of any
// length in memory, and waits for one more line after an error object.
type lineReader struct {
	r    *bufio.Reader
	long []byte // a line longer than the buffer
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, readBuffer)}
}

// next returns the kind and, of data, the content of the next line; it is valid
// until the following call. A last line without its end comes with no error;
// the error comes with the call after.
func (l *lineReader) next() (lineKind, []byte, error) {
	line, err := l.read()
	if err != nil && (len(line) == 0 || errors.Is(err, ErrTooLong)) {
		return lineBlank, nil, err
	}
	line = bytes.TrimSpace(bytes.TrimPrefix(line, utf8BOM))
	if len(line) == 0 {
		return lineBlank, nil, nil
	}
	data, found := bytes.CutPrefix(line, dataField)
	switch {
	case found:
		data = bytes.TrimSpace(data)
	case line[0] == '{':
		data = line // an error object sent bare into the stream
	default:
		return lineComment, nil, nil
	}
	if bytes.Equal(data, doneMark) {
		return lineDone, nil, nil
	}
	return lineData, data, nil
}

func (l *lineReader) read() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	l.long = append(l.long[:0], line...)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(l.long) > maxLine {
			return nil, ErrTooLong
		}
		line, err = l.r.ReadSlice('\n')
		l.long = append(l.long, line...)
	}
	return l.long, err
}
