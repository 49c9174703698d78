package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-playground/validator/v10"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
)

// maxDepth is the deepest nesting of a JSON body; a chat's parts need about six.
const maxDepth = 64

// bind reads a form or JSON into in, whose fields carry the same names for both, and holds it to
// its validate tags. Unknown fields are ignored. Input that cannot be read is a 400, input that a
// rule refuses a 422. An empty body leaves in as it is, for the rules to judge; a Normalize method
// tidies what was typed before they do.
func (s *Server) bind(c *fiber.Ctx, in any) error {
	if err := readBody(c, in); err != nil {
		return err
	}
	if n, ok := in.(interface{ Normalize() }); ok {
		n.Normalize()
	}
	return s.validate(in)
}

func readBody(c *fiber.Ctx, in any) error {
	if len(c.Request().Header.ContentType()) == 0 && len(c.Request().Body()) == 0 {
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	switch {
	case err != nil:
	case mediaType == fiber.MIMEApplicationJSON || strings.HasSuffix(mediaType, "+json"):
		return readJSON(c.Request().Body(), in) // as sent: guardRequest refuses encoded ones
	case mediaType == fiber.MIMEApplicationForm || mediaType == fiber.MIMEMultipartForm:
		return readForm(c, in)
	}
	// text/plain too: a foreign page may send it without asking first.
	return store.Errorf(store.Unsupported, "The body is neither JSON nor a form.").
		WithHint("Send Content-Type: application/json.")
}

func readJSON(body []byte, in any) error {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil
	}
	if body[0] != '{' {
		return malformed("The body must be a JSON object.")
	}
	if err := checkDepth(body); err != nil {
		return err
	}
	err := json.Unmarshal(body, in)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		field := jsonName(wrong.Field)
		return &refusal{store.Errorf(store.Invalid, "%s must be a %s.", fieldName(field), plainType(wrong.Type)).
			WithField(field), fiber.StatusBadRequest}
	}
	if err != nil {
		return malformed("The body is not valid JSON.")
	}
	return nil
}

// checkDepth refuses nesting before the decoder follows it.
func checkDepth(body []byte) error {
	decoder, depth := json.NewDecoder(bytes.NewReader(body)), 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return malformed("The body is not valid JSON.")
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > maxDepth {
				return malformed(fmt.Sprintf("The body is nested deeper than %d levels.", maxDepth))
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

// jsonName takes the names of embedded structs, which are no field of the body, out of a path.
func jsonName(path string) string {
	names := slices.DeleteFunc(strings.Split(path, "."), func(name string) bool { return name != "" && unicode.IsUpper(rune(name[0])) })
	return strings.Join(names, ".")
}

func fieldName(field string) string {
	if field == "" {
		return "The body"
	}
	return field
}

func plainType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "boolean"
	case reflect.Slice, reflect.Array:
		return "list"
	case reflect.Struct, reflect.Map:
		return "object"
	case reflect.String:
		return "string"
	case reflect.Pointer:
		return plainType(t.Elem())
	}
	return "number"
}

// readForm fills in from a form that is in memory.
func readForm(c *fiber.Ctx, in any) error {
	form := &multipart.Form{}
	if strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm) {
		var err error
		if form, err = c.MultipartForm(); err != nil {
			return badForm(err)
		}
	}
	fillForm(reflect.ValueOf(in).Elem(), func(name string) (values []string) {
		for _, value := range c.Request().PostArgs().PeekMulti(name) {
			values = append(values, string(value))
		}
		if values == nil {
			values = form.Value[name]
		}
		return values
	})
	return nil
}

// fillForm fills the string, bool, int and list fields of in from the form fields of their `form` names. It
// is short because forms hold nothing deeper, and so no name of a field can address anything.
func fillForm(v reflect.Value, values func(name string) []string) {
	for i := range v.NumField() {
		if v.Type().Field(i).Anonymous { // by its value: what is embedded may have no name outside
			fillForm(v.Field(i), values)
			continue
		}
		if name := v.Type().Field(i).Tag.Get("form"); name != "" {
			if sent := values(name); len(sent) > 0 {
				setField(v.Field(i), sent)
			}
		}
	}
}

func setField(field reflect.Value, values []string) {
	text := values[0]
	switch field.Kind() {
	case reflect.Slice:
		field.Set(reflect.ValueOf(values))
	case reflect.String:
		field.SetString(text)
	case reflect.Bool:
		field.SetBool(text == "on" || text == "true" || text == "1")
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			n = -1 // no number of ours is below 0: the rules refuse it
		}
		field.SetInt(int64(n))
	case reflect.Pointer:
		if field.Type().Elem().Kind() == reflect.String || field.Type().Elem().Kind() == reflect.Bool {
			field.Set(reflect.New(field.Type().Elem()))
			setField(field.Elem(), values)
		}
	}
}

// newRules makes the validator that speaks of fields by their JSON names.
func newRules() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	return v
}

// validate holds a bound struct to its tags and names every field that fails.
func (s *Server) validate(in any) error {
	var wrong validator.ValidationErrors
	err := s.rules.Struct(in)
	if !errors.As(err, &wrong) {
		return err
	}
	fields := make([]store.FieldError, len(wrong))
	for i, w := range wrong {
		fields[i] = store.FieldError{Field: w.Field(), Message: ruleMessage(w)}
	}
	return store.Errorf(store.Invalid, "%s", fields[0].Message).WithField(fields[0].Field).WithFields(fields...)
}

func ruleMessage(w validator.FieldError) string {
	name := w.Field()
	switch w.Tag() {
	case "required":
		return fmt.Sprintf("The %s is missing.", name)
	case "email":
		return "That is not an e-mail address."
	case "min":
		if w.Param() == "1" {
			return fmt.Sprintf("The %s is empty.", name)
		}
		return fmt.Sprintf("The %s needs at least %s characters.", name, w.Param())
	case "max":
		return fmt.Sprintf("The %s may have at most %s characters.", name, w.Param())
	case "oneof":
		return fmt.Sprintf("The %s must be one of: %s.", name, strings.ReplaceAll(w.Param(), " ", ", "))
	}
	return fmt.Sprintf("The %s is not valid.", name)
}
