package media

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"alleato/store/turns"
)

const (
	maxPixels = 25_000_000
	// maxDecoded is the most memory that a decoded picture may take, in bytes, and maxDecoding that
	// it and what it is decoded from may take together.
	maxDecoded  = 100 << 20
	maxDecoding = 200 << 20
	quality     = 88
)

// Images decodes pictures, a few at a time: each may take 200 MB for a moment.
type Images struct{ places *turns.Queue }

// NewImages allows n pictures in memory at once.
func NewImages(n int) *Images { return &Images{places: turns.New(n, max(1, n-1))} }

// Picture is a decoded image. It holds its place among the few in memory until it is closed.
type Picture struct {
	// Type is what Encode writes: WebP becomes PNG or JPEG, the others stay what they are. A GIF goes on
	// moving; of a moving PNG the first picture is kept.
	Type    string
	still   image.Image // the first frame, upright
	moving  *gif.GIF
	release func()
}

// Close gives the memory to the next one.
func (p *Picture) Close() {
	if p.release != nil {
		p.release()
		p.still, p.moving, p.release = nil, nil, nil
	}
}

// Open decodes a picture of one of the four types. It waits for its turn among
// those of others than who, turns.ErrBusy being that none came, and refuses by the header,
// before memory is taken, what would be too large. ErrDamaged is what cannot be decoded, ErrMoving a
// WebP of several pictures.
func (m *Images) Open(ctx context.Context, who string, r io.ReaderAt, size int64, contentType string) (p *Picture, err error) {
	leave, err := m.places.Take(ctx, who)
	if err != nil {
		return nil, err
	}
	opened := &Picture{Type: contentType, release: leave}
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, panicked)
		}
		if err != nil {
			opened.Close()
			p = nil
		}
	}()
	if err := checkSize(r, size, contentType); err != nil {
		return nil, err
	}
	if err := opened.decode(r, size); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return opened, nil
}

func checkSize(r io.ReaderAt, size int64, contentType string) error {
	if contentType == WebP && isMoving(r) {
		return ErrMoving
	}
	config, err := readConfig(io.NewSectionReader(r, 0, size), contentType)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	bytesPerPixel := int64(4)
	if config.ColorModel == color.RGBA64Model || config.ColorModel == color.NRGBA64Model {
		bytesPerPixel = 8
	}
	pixels := int64(config.Width) * int64(config.Height)
	if config.Width <= 0 || config.Height <= 0 {
		return ErrDamaged
	}
	if pixels > maxPixels || pixels*bytesPerPixel > maxDecoded || config.Width > maxPixels || config.Height > maxPixels {
		return ErrTooLarge
	}
	switch contentType {
	case GIF:
		return checkFrames(io.NewSectionReader(r, 0, size))
	case JPEG:
		if pixels*bytesPerPixelOf(io.NewSectionReader(r, 0, size)) > maxDecoding {
			return ErrTooLarge
		}
	}
	return nil
}

// isMoving looks for the flag of an animation in WebP's extended header. The decoder knows still
// pictures only and would call these damaged.
func isMoving(r io.ReaderAt) bool {
	head := make([]byte, 21)
	n, _ := r.ReadAt(head, 0) // a shorter one has no such header
	return n == len(head) && string(head[12:16]) == "VP8X" && head[20]&0x02 != 0
}

func readConfig(r io.Reader, contentType string) (image.Config, error) {
	switch contentType {
	case PNG:
		return png.DecodeConfig(r)
	case JPEG:
		return jpeg.DecodeConfig(r)
	case GIF:
		return gif.DecodeConfig(r)
	case WebP:
		return webp.DecodeConfig(r)
	}
	return image.Config{}, errors.New("not a picture")
}

func (p *Picture) decode(r io.ReaderAt, size int64) (err error) {
	section := io.NewSectionReader(r, 0, size)
	switch p.Type {
	case PNG:
		p.still, err = png.Decode(section)
	case JPEG:
		if p.still, err = jpeg.Decode(section); err == nil {
			p.still = upright(p.still, orientation(io.NewSectionReader(r, 0, size)))
		}
	case WebP:
		p.still, err = webp.Decode(section)
		p.Type = PNG
		if err == nil && isOpaque(p.still) {
			p.Type = JPEG
		}
	case GIF:
		p.moving, err = gif.DecodeAll(section)
		if err == nil && len(p.moving.Image) > 0 {
			p.still = p.moving.Image[0]
		}
	}
	if err == nil && p.still == nil {
		err = errors.New("no picture in it")
	}
	return err
}

func isOpaque(m image.Image) bool {
	o, ok := m.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

// Encode writes the picture anew: its pixels and nothing else of what the file held.
func (p *Picture) Encode(w io.Writer) error {
	if p.moving != nil {
		return gif.EncodeAll(w, p.moving)
	}
	return encode(w, p.still, p.Type)
}

// PreviewType is the type of what Thumbnail writes for a picture of contentType.
func PreviewType(contentType string) string {
	if contentType == JPEG {
		return JPEG
	}
	return PNG
}

// Thumbnail writes the picture so small that neither side is longer than side.
func (p *Picture) Thumbnail(w io.Writer, side int) error {
	return encode(w, scale(p.still, side), PreviewType(p.Type))
}

// Exceeds reports whether a side is longer than side.
func (p *Picture) Exceeds(side int) bool {
	return max(p.still.Bounds().Dx(), p.still.Bounds().Dy()) > side
}

// Flat writes a JPEG of at most side for a model, which wants neither transparency nor motion.
func (p *Picture) Flat(w io.Writer, side int) error {
	small := scale(p.still, side)
	flat := image.NewRGBA(small.Bounds())
	draw.Draw(flat, flat.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), small, small.Bounds().Min, draw.Over)
	return encode(w, flat, JPEG)
}

// Square writes the middle of the picture, a square of at most side.
func (p *Picture) Square(w io.Writer, side int) error {
	b := p.still.Bounds()
	edge := min(b.Dx(), b.Dy())
	corner := b.Min.Add(image.Pt((b.Dx()-edge)/2, (b.Dy()-edge)/2))
	cut := image.Rectangle{Min: corner, Max: corner.Add(image.Pt(edge, edge))}
	small := image.NewNRGBA(image.Rect(0, 0, min(edge, side), min(edge, side)))
	draw.CatmullRom.Scale(small, small.Bounds(), p.still, cut, draw.Src, nil)
	return encode(w, small, PreviewType(p.Type))
}

func scale(m image.Image, side int) image.Image {
	b := m.Bounds()
	longest := max(b.Dx(), b.Dy())
	if longest <= side {
		return m
	}
	small := image.NewNRGBA(image.Rect(0, 0, max(b.Dx()*side/longest, 1), max(b.Dy()*side/longest, 1)))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), m, b, draw.Src, nil)
	return small
}

func encode(w io.Writer, m image.Image, contentType string) error {
	if contentType == JPEG {
		return jpeg.Encode(w, m, &jpeg.Options{Quality: quality})
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	return encoder.Encode(w, m)
}
