package media_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"alleato/store/media"
	"alleato/store/media/mediatest"
)

func TestMain(m *testing.M) {
	media.Child()
	os.Exit(m.Run())
}

func TestDetect(t *testing.T) {
	for name, c := range map[string]struct {
		bytes string
		want  string
		err   error
	}{
		"a.png": {"\x89PNG\r\n\x1a\nrest", media.PNG, nil}, "a.txt": {"\xff\xd8\xff\xe0", media.JPEG, nil},
		"x.gif": {"GIF89a...", media.GIF, nil}, "w": {"RIFF\x00\x00\x00\x00WEBPVP8 ", media.WebP, nil},
		"d.html": {"%PDF-1.7\n", media.PDF, nil}, "t.exe": {"just text ü 😀", media.Text, nil},
		"n.MD": {"# Hi", media.Markdown, nil}, "t.csv": {"a,b\n1,2\n", media.CSV, nil}, "main.go": {"package main\n", media.Text, nil},
		"empty": {"", "", media.ErrEmpty}, "zip.txt": {"PK\x03\x04", "", media.ErrType}, "nul.txt": {"a\x00b", "", media.ErrType},
		"latin.txt": {"caf\xe9", "", media.ErrType}, "cut.txt": {"caf\xc3", "", media.ErrType}, "elf": {"\x7fELF", "", media.ErrType},
		"late.txt": {strings.Repeat("ü", 50_000) + "\x00", "", media.ErrType}, "long.txt": {"a" + strings.Repeat("ü", 100_000), media.Text, nil},
	} {
		got, err := media.Detect(strings.NewReader(c.bytes), int64(len(c.bytes)), name)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, c := range [][3]string{{"a.exe", media.Text, "a.exe.txt"}, {"a.go", media.Text, "a.go"}, {"x.webp", media.JPEG, "x.jpg"},
		{"x.JPEG", media.JPEG, "x.JPEG"}, {"x.html", media.PDF, "x.html.pdf"}, {"x", media.PNG, "x.png"}} {
		if got := media.Name(c[0], c[1]); got != c[2] {
			t.Errorf("name %s as %s: %s", c[0], c[1], got)
		}
	}
}

func open(t *testing.T, b []byte, contentType string) (*media.Picture, error) {
	t.Helper()
	p, err := media.NewImages(1).Open(t.Context(), "ada", bytes.NewReader(b), int64(len(b)), contentType)
	if err == nil {
		t.Cleanup(p.Close)
	}
	return p, err
}

func TestImageRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		bytes []byte
		kind  string
		want  error
	}{
		"30,000 × 30,000": {mediatest.PNGHeader(30_000, 30_000), media.PNG, media.ErrTooLarge},
		"overflow":        {mediatest.PNGHeader(1<<31-1, 1<<31-1), media.PNG, media.ErrDamaged},
		"10,000 frames":   {mediatest.GIFBomb(10_000), media.GIF, media.ErrTooLarge},
		"polyglot":        {[]byte("GIF89a/*<script>alert(1)</script>*/=1"), media.GIF, media.ErrTooLarge},
		"small polyglot":  {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00<script>alert(1)</script>"), media.GIF, media.ErrDamaged},
		"cut":             {mediatest.PNGHeader(100, 100), media.PNG, media.ErrDamaged},
		"nothing":         {[]byte("\xff\xd8\xff"), media.JPEG, media.ErrDamaged},
		"webp":            {[]byte("RIFF\x00\x00\x00\x00WEBPVP8 "), media.WebP, media.ErrDamaged},
		"moving webp":     {mediatest.MovingWebP(), media.WebP, media.ErrMoving},
	} {
		if _, err := open(t, c.bytes, c.kind); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOrientation: a picture whose camera was held sideways stands upright, and what the camera wrote
// is gone.
func TestOrientation(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 80, 40))
	for y := range 40 {
		for x := range 80 {
			m.Set(x, y, color.White)
			if x < 40 {
				m.Set(x, y, color.Black)
			}
		}
	}
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, m, nil); err != nil {
		t.Fatal(err)
	}
	exif := "Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00GPS-SECRET"
	b := append([]byte("\xff\xd8\xff\xe1"), byte((len(exif)+2)>>8), byte(len(exif)+2))
	b = append(append(b, exif...), plain.Bytes()[2:]...)
	p, err := open(t, b, media.JPEG)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := p.Encode(&out); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out.Bytes(), []byte("GPS-SECRET")) {
		t.Error("EXIF is still there")
	}
	got, err := jpeg.Decode(&out)
	if err != nil || got.Bounds().Dx() != 40 || got.Bounds().Dy() != 80 {
		t.Fatalf("%v, %v", got.Bounds(), err)
	}
	top, _, _, _ := got.At(20, 10).RGBA()
	bottom, _, _, _ := got.At(20, 70).RGBA()
	if top > 0x2000 || bottom < 0xe000 { // turned clockwise, left becomes the top
		t.Errorf("top %x, bottom %x", top, bottom)
	}
}

func TestSizes(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 2000, 1000))); err != nil {
		t.Fatal(err)
	}
	p, err := open(t, b.Bytes(), media.PNG)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		write func(*bytes.Buffer) error
		w, h  int
	}{
		"thumbnail": {func(b *bytes.Buffer) error { return p.Thumbnail(b, 512) }, 512, 256},
		"square":    {func(b *bytes.Buffer) error { return p.Square(b, 512) }, 512, 512},
		"flat":      {func(b *bytes.Buffer) error { return p.Flat(b, 1568) }, 1568, 784},
		"whole":     {func(b *bytes.Buffer) error { return p.Encode(b) }, 2000, 1000},
	} {
		var out bytes.Buffer
		err := c.write(&out)
		config, _, decodeErr := image.DecodeConfig(&out)
		if err = errors.Join(err, decodeErr); err != nil || config.Width != c.w || config.Height != c.h {
			t.Errorf("%s: %d×%d, %v", name, config.Width, config.Height, err)
		}
	}
}

// TestMoving: a GIF keeps its frames and loses its comments; of an APNG the first picture is kept.
func TestMoving(t *testing.T) {
	b := mediatest.MovingGIF(2)
	with := append(b[:len(b)-1:len(b)-1], "\x21\xfe\x06SECRET\x00\x3b"...)
	p, err := open(t, with, media.GIF)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := p.Encode(&out); err != nil || bytes.Contains(out.Bytes(), []byte("SECRET")) {
		t.Fatalf("comment kept: %v", err)
	}
	if again, err := gif.DecodeAll(&out); err != nil || len(again.Image) != 2 {
		t.Errorf("frames: %v", err)
	}
	still, err := open(t, mediatest.APNG(9, 9), media.PNG)
	if err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := still.Encode(&out); err != nil || bytes.Contains(out.Bytes(), []byte("acTL")) || bytes.Contains(out.Bytes(), []byte("fdAT")) {
		t.Errorf("an APNG is more than its first picture: %v", err)
	}
}

// TestTurns: one picture at a time; who waits can give up.
func TestTurns(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		t.Fatal(err)
	}
	images := media.NewImages(1)
	first, err := images.Open(t.Context(), "ada", bytes.NewReader(b.Bytes()), int64(b.Len()), media.PNG)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := images.Open(ctx, "ada", bytes.NewReader(b.Bytes()), int64(b.Len()), media.PNG); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("second: %v", err)
	}
	first.Close()
	second, err := images.Open(t.Context(), "ada", bytes.NewReader(b.Bytes()), int64(b.Len()), media.PNG)
	if err != nil {
		t.Fatal(err)
	}
	second.Close()
}

func read(t *testing.T, b []byte, limit int) (string, bool, error) {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, 0); err != nil {
		t.Fatal(err)
	}
	text, more, err := media.NewDocuments(1).PDFText(t.Context(), "ada", f, limit)
	return string(text), more, err
}

func TestPDF(t *testing.T) {
	content := "BT /F1 12 Tf 50 700 Td (Hello) Tj 0 -14 Td [(Wor) 20 (ld) -300 (again)] TJ ET BT 50 600 Td (caf\xe9) Tj ET"
	for name, filters := range map[string]int{"plain": 0, "packed": 1, "twice": 2} {
		text, more, err := read(t, mediatest.PDF([]byte(content), filters), 1000)
		if want := "Hello\nWorld again\ncafé"; strings.TrimSpace(text) != want || more || err != nil {
			t.Errorf("%s: %q, %v, %v", name, text, more, err)
		}
	}
	if text, more, err := read(t, mediatest.PDF([]byte(strings.Repeat(content+" ", 100)), 1), 50); len(text) != 50 || !more || err != nil {
		t.Errorf("bounded: %d, %v, %v", len(text), more, err)
	}
	newer := bytes.Replace(mediatest.PDF([]byte(content), 1), []byte("%PDF-1.4"), []byte("%PDF-2.0"), 1)
	if text, _, err := read(t, newer, 1000); !strings.HasPrefix(text, "Hello") || err != nil {
		t.Errorf("PDF 2.0: %q, %v", text, err)
	}
	if _, _, err := read(t, []byte("%PDF-1.4\n<script>alert(1)</script>"), 1000); !errors.Is(err, media.ErrDamaged) {
		t.Errorf("no PDF: %v", err)
	}
}

// TestPDFBomb: a few kilobytes that unpack to gigabytes end by themselves, and are told as such.
func TestPDFBomb(t *testing.T) {
	small := mediatest.PDFBomb(400)
	if len(small) > 10<<10 {
		t.Fatalf("the bomb has %d bytes", len(small))
	}
	start := time.Now()
	if _, _, err := read(t, small, 1000); !errors.Is(err, media.ErrTooCostly) {
		t.Errorf("bomb: %v", err)
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("it took %s", took)
	}
}

// progressive is a JPEG without details of w by h, in three colours of full size, that ends with the first scan.
func progressive(w, h int) []byte {
	b := append([]byte{0xff, 0xd8, 0xff, 0xdb, 0, 67, 0}, bytes.Repeat([]byte{1}, 64)...)
	b = append(b, 0xff, 0xc2, 0, 17, 8, byte(h>>8), byte(h), byte(w>>8), byte(w), 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0)
	b = append(append(b, 0xff, 0xc4, 0, 20, 0, 1), make([]byte, 16)...)
	b = append(b, 0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0)
	b = append(b, make([]byte, ((w+7)/8)*((h+7)/8)*3/8+2)...)
	return append(b, 0xff, 0xd9)
}

// TestImageMemory: what is small as a file and large in memory is refused before it is unpacked.
func TestImageMemory(t *testing.T) {
	palette := make(color.Palette, 256)
	for i := range palette {
		palette[i] = color.RGBA{R: uint8(i), A: 255}
	}
	palette[0] = color.RGBA{}
	many := &gif.GIF{}
	for range 20_000 {
		many.Image, many.Delay, many.Disposal = append(many.Image, image.NewPaletted(image.Rect(0, 0, 1, 1), palette)), append(many.Delay, 1), append(many.Disposal, 1)
	}
	var moving bytes.Buffer
	if err := gif.EncodeAll(&moving, many); err != nil {
		t.Fatal(err)
	}
	many = nil
	large := progressive(5000, 5000)
	odd := append(append([]byte{0xff, 0xd8}, "what the decoder steps over"...), large[2:]...)
	for name, c := range map[string]struct {
		bytes []byte
		kind  string
	}{"frames": {moving.Bytes(), media.GIF}, "progressive": {large, media.JPEG}, "odd": {odd, media.JPEG}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := open(t, c.bytes, c.kind)
		runtime.ReadMemStats(&after)
		if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; !errors.Is(err, media.ErrTooLarge) || grown > 10 {
			t.Errorf("%s, %d KB: %v, %d MB taken", name, len(c.bytes)>>10, err, grown)
		}
	}
	if _, err := open(t, progressive(3000, 2000), media.JPEG); err != nil {
		t.Errorf("a progressive one of a common size: %v", err)
	}
}
