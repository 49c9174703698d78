package media

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

const (
	// maxFramePixels is the most that all frames of a moving picture may have together.
	maxFramePixels = 50_000_000
	// frameCost is what a frame takes beside its pixels, at a byte each: its palette, mostly.
	frameCost = 10_000
)

// checkFrames adds up the frames of a GIF without decoding them: thousands of large ones fit into a
// few kilobytes.
func checkFrames(r io.Reader) error {
	g := gifScanner{r: bufio.NewReader(r)}
	if err := g.header(); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	var pixels int64
	for {
		area, more, err := g.block()
		if pixels += area; pixels > maxFramePixels {
			return ErrTooLarge
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if !more {
			return nil
		}
	}
}

type gifScanner struct{ r *bufio.Reader }

func (g *gifScanner) skip(n int) error {
	_, err := g.r.Discard(n)
	return err
}

func (g *gifScanner) header() error {
	head := make([]byte, 13)
	if _, err := io.ReadFull(g.r, head); err != nil {
		return err
	}
	return g.palette(head[10])
}

// palette skips the colours that the flags announce.
func (g *gifScanner) palette(flags byte) error {
	if flags&0x80 == 0 {
		return nil
	}
	return g.skip(3 << (flags&7 + 1))
}

// block reads one block and gives the area of the frame that it is, if it is one.
func (g *gifScanner) block() (area int64, more bool, err error) {
	kind, err := g.r.ReadByte()
	if err != nil {
		return 0, false, err
	}
	switch kind {
	case 0x21: // an extension: its label, then pieces
		if err := g.skip(1); err != nil {
			return 0, false, err
		}
		return 0, true, g.pieces()
	case 0x2c:
		frame := make([]byte, 9)
		if _, err := io.ReadFull(g.r, frame); err != nil {
			return 0, false, err
		}
		area = int64(binary.LittleEndian.Uint16(frame[4:])) * int64(binary.LittleEndian.Uint16(frame[6:]))
		if err := g.palette(frame[8]); err != nil {
			return area, false, err
		}
		if err := g.skip(1); err != nil { // the width of the codes
			return area, false, err
		}
		return area + frameCost, true, g.pieces()
	case 0x3b:
		return 0, false, nil
	}
	return 0, false, fmt.Errorf("a block of the unknown kind %#x", kind)
}

func (g *gifScanner) pieces() error {
	for {
		n, err := g.r.ReadByte()
		if err != nil || n == 0 {
			return err
		}
		if err := g.skip(int(n)); err != nil {
			return err
		}
	}
}
