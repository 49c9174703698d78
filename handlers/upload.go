package handlers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"runtime/debug"

	"github.com/gofiber/fiber/v2"

	"alleato/ai"
	"alleato/store"
	"alleato/store/blob"
	"alleato/store/media"
	"alleato/store/turns"
	"alleato/views"
)

const (
	// hardLimit is the largest file that anybody may upload, in bytes.
	hardLimit = 100 << 20
	// formOverhead is what the form around a file may take.
	formOverhead = 64 << 10
	// maxFields are the parts of a form that are looked at for the file.
	maxFields     = 16
	thumbnailSide = 512
	// viewSide and viewBytes are the largest picture that goes to a model as it is.
	viewSide  = 1568
	viewBytes = 1500 << 10
	// maxPDFText is how much of a PDF's text is kept, in bytes.
	maxPDFText = 1 << 20
)

// limits are the largest file of the caller and the space for all of them; 0 is no limit.
func (s *Server) limits(u *store.User) (file, all int64) {
	limit := s.Runner.Limits[u.Role]
	file, all = limit.UploadBytes, limit.StorageBytes
	if file == 0 || file > hardLimit {
		file = hardLimit
	}
	return file, all
}

// uploadRules are the limits and types that a page tells before anything is sent. nil is who may not upload.
func (s *Server) uploadRules(u *store.User) views.UploadRules {
	r := views.UploadRules{Accept: media.Accepted(), MaxFiles: ai.MaxFiles}
	if u != nil {
		r.MaxFile, r.Quota = s.limits(u)
	}
	return r
}

// usageRules are uploadRules with what is used up already.
func (s *Server) usageRules(ctx context.Context, u *store.User) (r views.UploadRules, err error) {
	r = s.uploadRules(u)
	r.Used, err = s.Options.Store.Usage(ctx, u.ID)
	return r, err
}

// openForm reads a multipart body as it comes, of at most size bytes; tooLong is the refusal of a longer one.
func openForm(c *fiber.Ctx, size int64, tooLong error) (*multipart.Reader, error) {
	mediaType, params, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || mediaType != fiber.MIMEMultipartForm || params["boundary"] == "" {
		return nil, store.Errorf(store.Unsupported, "An upload is a form: multipart/form-data with a field called file.")
	}
	if c.Get(fiber.HeaderContentEncoding) != "" {
		return nil, store.Errorf(store.Unsupported, "The body is compressed, which is not taken.").WithHint("Send it without Content-Encoding.")
	}
	if int64(c.Request().Header.ContentLength()) > size {
		return nil, tooLong
	}
	return multipart.NewReader(bounded(bodyOf(c), size, tooLong), params["boundary"]), nil
}

// receive streams the file of a multipart body to the spool.
func (s *Server) receive(c *fiber.Ctx, limit int64) (*spooled, error) {
	form, err := openForm(c, limit+formOverhead, tooLarge(limit))
	if err != nil {
		return nil, err
	}
	if err := s.room.check(s.payer(c), int64(c.Request().Header.ContentLength())); err != nil {
		return nil, err
	}
	for range maxFields {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, badForm(err)
		}
		if part.FormName() == "file" {
			return s.spool(part, s.payer(c), fileNameOf(part), limit)
		}
	}
	return nil, store.Errorf(store.Invalid, "The form has no field called file.").WithField("file")
}

// badForm keeps our own refusals and makes the rest a 400.
func badForm(err error) error {
	var own *store.Error
	if errors.As(err, &own) {
		return own
	}
	return &refusal{store.Errorf(store.Invalid, "The form could not be read to its end.").WithCause(err), fiber.StatusBadRequest}
}

// fileNameOf is the name as it was sent: the standard library would silently cut "../" off.
func fileNameOf(part *multipart.Part) string {
	_, params, err := mime.ParseMediaType(part.Header.Get(fiber.HeaderContentDisposition))
	if err != nil {
		return ""
	}
	return params["filename"]
}

// keep is the one way in which bytes become a file of ours: their type is found out, pictures are made
// anew, the blobs are written, and then the row. When anything fails nothing stays.
func (s *Server) keep(ctx context.Context, user *store.User, up *spooled) (*store.File, error) {
	return s.keepAs(ctx, user, up, "")
}

// keepAs is keep for a file that is to have an id of the caller's, "" for one of its own.
func (s *Server) keepAs(ctx context.Context, user *store.User, up *spooled, id string) (_ *store.File, err error) {
	_, quota := s.limits(user)
	if err := s.checkSpace(ctx, user, up.size, quota); err != nil {
		return nil, err
	}
	if err := s.limitGuest(ctx, user, up, quota); err != nil {
		return nil, err
	}
	contentType, err := media.Detect(up, up.size, up.name)
	if err != nil {
		return nil, notTaken(err)
	}
	f := s.Options.Store.NewFile(user.ID, store.Uploads, up.name, contentType)
	if id != "" {
		f.ID = id
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Blobs.Delete(context.WithoutCancel(ctx), f.BlobKeys()...))
		}
	}()
	switch {
	case media.IsImage(contentType):
		err = s.keepPicture(ctx, f, up)
	case contentType == media.PDF:
		err = s.keepPDF(ctx, f, up)
	default:
		err = s.keepBytes(ctx, f, io.NewSectionReader(up, 0, up.size))
	}
	if err != nil {
		return nil, notTaken(err)
	}
	f.Name = media.Name(f.Name, f.ContentType)
	if err = s.Options.Store.CreateFile(ctx, user, f, quota); err != nil {
		return nil, err
	}
	return f, nil
}

// checkSpace refuses early what the transaction would refuse anyway.
func (s *Server) checkSpace(ctx context.Context, user *store.User, size, quota int64) error {
	if quota <= 0 {
		return nil
	}
	used, err := s.Options.Store.Usage(ctx, user.ID)
	if err == nil && used+size > quota {
		return store.ErrQuota(used, quota)
	}
	return err
}

// notTaken makes what is wrong with a file a refusal for people.
func notTaken(err error) error {
	refuse := func(code store.Code, hint, message string) error {
		return store.Errorf(code, "%s", message).WithHint(hint).WithField("file").WithCause(err)
	}
	const types = "Images (PNG, JPEG, GIF, WebP), PDF, text, Markdown, CSV and code are taken."
	switch {
	case errors.Is(err, media.ErrEmpty):
		return refuse(store.Invalid, "Choose a file that holds something.", "The file is empty.")
	case errors.Is(err, media.ErrType):
		return refuse(store.Unsupported, types, "Files of this type are not taken.")
	case errors.Is(err, media.ErrDamaged):
		return refuse(store.Unsupported, "Save it anew and send it again.", "The file is damaged, or not what it begins as.")
	case errors.Is(err, media.ErrMoving):
		return refuse(store.Unsupported, "Send it as a GIF, or one picture of it.", "Moving WebP pictures are not taken.")
	case errors.Is(err, media.ErrTooLarge):
		return refuse(store.TooLarge, "Make the picture smaller and send it again. It may have 25 million pixels, and fewer when each takes much memory.",
			"The picture is too large.")
	case errors.Is(err, media.ErrTooCostly):
		return refuse(store.TooLarge, "Print it to a new PDF and send that.", "The PDF takes too much to read.")
	case errors.Is(err, blob.ErrFull):
		return diskFull(err)
	case errors.Is(err, turns.ErrBusy):
		return errBusy(err)
	}
	return err
}

// keepBytes writes the file's own blob, and its size and sum into f.
func (s *Server) keepBytes(ctx context.Context, f *store.File, r io.Reader) (err error) {
	sum := sha256.New()
	f.Size, err = s.Blobs.Put(ctx, f.BlobKey, io.TeeReader(r, sum))
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return err
}

func (s *Server) keepPicture(ctx context.Context, f *store.File, up *spooled) error {
	picture, err := s.images.Open(ctx, up.who, up, up.size, f.ContentType)
	if err != nil {
		return err
	}
	defer picture.Close()
	f.ContentType = picture.Type
	own := s.piped(picture.Encode)
	if err := errors.Join(s.keepBytes(ctx, f, own), own.Close()); err != nil {
		return err
	}
	if picture.Exceeds(viewSide) || f.Size > viewBytes {
		if err := s.put(ctx, f.ViewKey(), func(w io.Writer) error { return picture.Flat(w, viewSide) }); err != nil {
			return err
		}
	}
	return s.put(ctx, f.ThumbnailKey(), func(w io.Writer) error { return picture.Thumbnail(w, thumbnailSide) })
}

func (s *Server) put(ctx context.Context, key string, write func(io.Writer) error) error {
	r := s.piped(write)
	_, err := s.Blobs.Put(ctx, key, r)
	return errors.Join(err, r.Close())
}

// piped makes a reader of what write writes. Closing it ends the writer and waits for its end: the
// picture that it reads is not to be taken from it.
func (s *Server) piped(write func(io.Writer) error) io.ReadCloser {
	r, w := io.Pipe()
	p := &pipedReader{PipeReader: r, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		defer func() {
			if p := recover(); p != nil {
				s.Log.Error("panic while a picture was written", "panic", p, "stack", string(debug.Stack()))
				w.CloseWithError(media.ErrDamaged)
			}
		}()
		w.CloseWithError(write(w))
	}()
	return p
}

type pipedReader struct {
	*io.PipeReader
	ended chan struct{}
}

// Close is part of io.Closer.
func (p *pipedReader) Close() error {
	err := p.PipeReader.Close()
	<-p.ended
	return err
}

func (s *Server) keepPDF(ctx context.Context, f *store.File, up *spooled) error {
	if _, err := up.Seek(0, io.SeekStart); err != nil {
		return err
	}
	text, _, err := s.documents.PDFText(ctx, up.who, up.File, maxPDFText)
	if err != nil {
		return err
	}
	if _, err := s.Blobs.Put(ctx, f.TextKey(), bytes.NewReader(bytes.TrimSpace(text))); err != nil {
		return err
	}
	return s.keepBytes(ctx, f, io.NewSectionReader(up, 0, up.size))
}
