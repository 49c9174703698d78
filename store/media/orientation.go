package media

import (
	"bufio"
	"encoding/binary"
	"image"
	"image/draw"
	"io"
)

// orientation reads from a JPEG how the camera was held, 1 to 8; 1 when it does not say. It is the
// one thing of EXIF that has to be known before the rest is dropped.
func orientation(r io.Reader) int {
	b := bufio.NewReader(r)
	if _, err := b.Discard(2); err != nil {
		return 1
	}
	for range 64 { // the segments before the picture are few
		head := make([]byte, 4)
		if _, err := io.ReadFull(b, head); err != nil || head[0] != 0xff || head[1] == 0xda {
			return 1
		}
		length := int(binary.BigEndian.Uint16(head[2:])) - 2
		if length < 0 {
			return 1
		}
		if head[1] != 0xe1 {
			if _, err := b.Discard(length); err != nil {
				return 1
			}
			continue
		}
		segment := make([]byte, length)
		if _, err := io.ReadFull(b, segment); err != nil {
			return 1
		}
		if o := exifOrientation(segment); o != 0 {
			return o
		}
	}
	return 1
}

// exifOrientation is 0 for a segment that does not say.
func exifOrientation(segment []byte) int {
	if len(segment) < 14 || string(segment[:6]) != "Exif\x00\x00" {
		return 0
	}
	tiff := segment[6:]
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return 0
		}
		if order.Uint16(entries) == 0x0112 {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			return 0
		}
		entries = entries[12:]
	}
	return 0
}

// upright turns and mirrors m as its orientation says.
func upright(m image.Image, orientation int) image.Image {
	if orientation <= 1 {
		return m
	}
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		to = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	const rows = 32 // a strip at a time: the whole would be in memory a third time
	strip := image.NewRGBA(image.Rect(0, 0, w, min(rows, h)))
	for top := 0; top < h; top += rows {
		draw.Draw(strip, strip.Bounds(), m, b.Min.Add(image.Pt(0, top)), draw.Src)
		for y := range min(rows, h-top) {
			for x := range w {
				tx, ty := turned(x, top+y, w, h, orientation)
				copy(to.Pix[to.PixOffset(tx, ty):][:4], strip.Pix[strip.PixOffset(x, y):][:4])
			}
		}
	}
	return to
}

// turned is where the pixel of a picture of w by h goes.
func turned(x, y, w, h, orientation int) (int, int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	}
	return y, w - 1 - x // 8
}
