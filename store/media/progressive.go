package media

import (
	"bufio"
	"encoding/binary"
	"io"
)

// bytesPerPixelOf is what decoding a JPEG takes. A progressive one is held as coefficients until its
// end, of four bytes each, where the picture has one: 150 KB of such a file take 370 MB. What cannot be
// read here, and the decoder may yet read, counts as the worst.
func bytesPerPixelOf(r io.Reader) int64 {
	const baseline, perSample, worst = 3, 5, 4 * 5
	b := bufio.NewReader(r)
	if _, err := b.Discard(2); err != nil {
		return worst
	}
	for {
		head := make([]byte, 4)
		if _, err := io.ReadFull(b, head); err != nil || head[0] != 0xff {
			return worst
		}
		length := int(binary.BigEndian.Uint16(head[2:])) - 2
		switch {
		case head[1] == 0xc0 || head[1] == 0xc1:
			return baseline
		case head[1] == 0xc2:
			return perSample * samples(b, length)
		case length < 0 || head[1] < 0xc0:
			return worst
		}
		if _, err := b.Discard(length); err != nil {
			return worst
		}
	}
}

// samples is how many of them a pixel has, rounded up: colours are often kept for every fourth alone.
func samples(r io.Reader, length int) int64 {
	const all = 4
	frame := make([]byte, max(length, 0))
	if _, err := io.ReadFull(r, frame); err != nil || length < 6 || length < 6+3*int(frame[5]) {
		return all
	}
	var sum, most int64
	for i := range int(frame[5]) {
		factors := frame[6+3*i+1]
		area := int64(factors>>4) * int64(factors&15)
		sum, most = sum+area, max(most, area)
	}
	if most == 0 {
		return all
	}
	return (sum + most - 1) / most
}
