// Package mediatest makes the files that tests upload: good ones, and those that are made to do harm.
// It is for tests alone and imports nothing of ours.
package mediatest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"strings"
)

// PDF has one page with this content stream, packed as often as filters says; inner names the filters
// that the content is packed with already.
func PDF(content []byte, filters int, inner ...string) []byte {
	names := strings.Join(inner, " ")
	for range filters {
		content, names = packed(content), names+"/FlateDecode "
	}
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d/Filter[%s]>>\nstream\n%s\nendstream", len(content), names, content),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"}
	b, xref := []byte("%PDF-1.4\n"), "0000000000 65535 f \n"
	for i, o := range objects {
		xref += fmt.Sprintf("%010d 00000 n \n", len(b))
		b = fmt.Appendf(b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	return fmt.Appendf(b, "xref\n0 %d\n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref, len(objects)+1, len(b))
}

// PDFText is a PDF with this text.
func PDFText(text string) []byte {
	return PDF([]byte("BT /F1 12 Tf 50 700 Td ("+text+") Tj ET"), 1)
}

// PDFBomb is a few kilobytes of PDF whose one text unpacks to that many megabytes.
func PDFBomb(megabytes int) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	piece := func(text []byte) []byte {
		before := b.Len()
		check(w.Write(text))
		check(0, w.Flush())
		return bytes.Clone(b.Bytes()[before:])
	}
	out := piece([]byte("BT ("))
	megabyte := piece(bytes.Repeat([]byte("a"), 1<<20)) // the packed form may be repeated as it is
	return PDF(append(out, bytes.Repeat(megabyte, megabytes)...), 1, "/FlateDecode")
}

func packed(content []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	check(w.Write(content))
	check(0, w.Close())
	return b.Bytes()
}

// PNG is a picture of that size.
func PNG(w, h int) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = uint8(i*7 | 3)
	}
	var b bytes.Buffer
	check(0, png.Encode(&b, m))
	return b.Bytes()
}

// PNGHeader is a PNG that says it is w by h and holds one pixel.
func PNGHeader(w, h uint32) []byte {
	var b bytes.Buffer
	check(0, png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))))
	out := b.Bytes()
	binary.BigEndian.PutUint32(out[16:], w)
	binary.BigEndian.PutUint32(out[20:], h)
	binary.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(out[12:29]))
	return out
}

// APNG is a PNG whose first picture is followed by another, in chunks that only APNG knows.
func APNG(w, h int) []byte {
	still := PNG(w, h)
	end := len(still) - 12 // of IEND
	control := chunk("acTL", binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 2), 0))
	head := 8 + 25 // signature and IHDR
	out := append(bytes.Clone(still[:head]), control...)
	out = append(out, still[head:end]...)
	frame := append(binary.BigEndian.AppendUint32(nil, 1), packed(make([]byte, (4*w+1)*h))...)
	return append(append(out, chunk("fdAT", frame)...), still[end:]...)
}

func chunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// MovingGIF has that many frames.
func MovingGIF(frames int) []byte {
	g := &gif.GIF{}
	for range frames {
		g.Image = append(g.Image, image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.Black, color.White}))
		g.Delay = append(g.Delay, 5)
	}
	var b bytes.Buffer
	check(0, gif.EncodeAll(&b, g))
	return b.Bytes()
}

// GIFBomb has that many frames of 2,000 by 2,000 pixels, of which nothing is there.
func GIFBomb(frames int) []byte {
	b := []byte("GIF89a\xd0\x07\xd0\x07\x00\x00\x00")
	for range frames {
		b = append(b, "\x2c\x00\x00\x00\x00\xd0\x07\xd0\x07\x00\x02\x00"...)
	}
	return append(b, 0x3b)
}

// MovingWebP begins as an animation does: the extended header with its flag, then the frames.
func MovingWebP() []byte {
	body := []byte("WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x07\x00\x00\x07\x00\x00" + "ANIM\x06\x00\x00\x00\xff\xff\xff\xff\x00\x00")
	out := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(body)))...)
	return append(out, body...)
}

// check panics: making these files fails only where a test is wrong.
func check(_ int, err error) {
	if err != nil {
		panic(err)
	}
}
