package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views"
)

// docs is the reference of the API, from the same operations as the document.
func (s *Server) docs(c *fiber.Ctx) error {
	return s.send(c, fiber.StatusOK, reply{Page: func() (templ.Component, error) {
		page, err := s.page(c, "API")
		return views.DocsPage(page, s.reference(s.publicOrigin(c))), err
	}})
}

func (s *Server) reference(origin string) views.APIReference {
	ref := views.APIReference{Base: origin + s.base + apiPrefix, Document: s.link("openAPI"), Introduction: s.about(),
		Site: s.base, API: s.base + apiPrefix}
	groups := map[string]int{}
	for _, o := range s.api().operations {
		if o.where&onAPI == 0 {
			continue // nothing that a program would call
		}
		at, ok := groups[o.tag]
		if !ok {
			at = len(ref.Groups)
			groups[o.tag] = at
			ref.Groups = append(ref.Groups, views.APIGroup{Name: o.tag, Text: tagTexts[o.tag]})
		}
		ref.Groups[at].Operations = append(ref.Groups[at].Operations, s.api().view(o, ref.Base))
	}
	return ref
}

// about is the introduction, with the limits of this server.
func (s *Server) about() string {
	var lines []string
	if r := s.Rates; r != nil {
		lines = append(lines, fmt.Sprintf("From one address, a minute: %s that read, %s that write, %s to sign in or register; %s, %s, %s or imports.",
			orAny(r.Reads, "requests"), orAny(r.Writes, ""), orAny(r.SignIn, ""), orAny(r.Send, "messages"), orAny(r.Upload, "uploads"), orAny(r.Export, "exports")))
	}
	for _, role := range []store.Role{store.RoleGuest, store.RoleUser, store.RoleAdmin} {
		limit, ok := s.Runner.Limits[role]
		if !ok {
			continue
		}
		line := fmt.Sprintf("With the role %s: %s a day, %s at once", role, orAny(limit.MessagesPerDay, "messages"), orAny(limit.RepliesAtOnce, "replies"))
		if limit.UploadBytes > 0 {
			line += ", files of up to " + store.Bytes(limit.UploadBytes)
		}
		if limit.DocumentBytes > 0 {
			line += ", documents of " + store.Bytes(limit.DocumentBytes) + " in all"
		}
		lines = append(lines, line+".")
	}
	if lines == nil {
		return introduction
	}
	return introduction + "\n\n**On this server.** " + strings.Join(lines, " ")
}

// orAny says a number of things, where 0 is no limit.
func orAny(n int, things string) string {
	if n == 0 {
		return strings.TrimSuffix("any number of "+things, " of ")
	}
	return strings.TrimSpace(strconv.Itoa(n) + " " + things)
}

func (a *api) view(o operation, base string) views.APIOperation {
	_, isUpload := o.body.(upload)
	v := views.APIOperation{ID: o.name, Method: o.method, Path: documentPath(o.path), Summary: o.summary, Text: o.text(), Upload: isUpload, Events: o.note.events}
	for _, p := range o.params {
		v.Params = append(v.Params, views.APIField{Name: p.name, In: p.in, Kind: p.kind, Text: p.text, Required: p.required})
	}
	if o.input != nil {
		v.Body = a.fieldsOf(o.input)
	}
	if o.output != nil {
		v.Answer = a.fieldsOf(o.output)
		v.AnswerExample = indented(o.answer)
	}
	if o.example != nil {
		v.BodyExample = indented(o.example)
	}
	v.Status = strconv.Itoa(max(o.note.status, http.StatusOK))
	for _, code := range o.codes {
		v.Refusals = append(v.Refusals, views.APIRefusal{Status: strconv.Itoa(code), Text: refusalTexts[code]})
	}
	v.Curl = curl(o, base)
	return v
}

// fieldsOf lists the properties of an object, the required ones first.
func (a *api) fieldsOf(s schema) []views.APIField {
	s = a.resolve(s)
	properties, _ := s["properties"].(schema)
	required, _ := s["required"].([]string)
	var fields []views.APIField
	for name, p := range properties {
		field := p.(schema)
		text, _ := field["description"].(string)
		fields = append(fields, views.APIField{Name: name, Kind: kindOf(field), Text: text, Required: slices.Contains(required, name)})
	}
	slices.SortFunc(fields, func(x, y views.APIField) int {
		if x.Required != y.Required {
			return map[bool]int{true: -1, false: 1}[x.Required]
		}
		return strings.Compare(x.Name, y.Name)
	})
	return fields
}

func (a *api) resolve(s schema) schema {
	if ref, ok := s["$ref"].(string); ok {
		return a.schemas.components[strings.TrimPrefix(ref, "#/components/schemas/")]
	}
	return s
}

// kindOf says a schema in a word or two.
func kindOf(s schema) string {
	if ref, ok := s["$ref"].(string); ok {
		return strings.TrimPrefix(ref, "#/components/schemas/")
	}
	if values, ok := s["enum"].([]any); ok {
		var words []string
		for _, v := range values {
			if v == nil {
				v = "null"
			}
			words = append(words, v.(string))
		}
		return strings.Join(words, " | ")
	}
	if list, ok := s["anyOf"].([]schema); ok {
		return kindOf(list[0]) + " | null"
	}
	switch kind := s["type"].(type) {
	case []string:
		return strings.Join(kind, " | ")
	case string:
		if items, ok := s["items"].(schema); ok {
			return kindOf(items) + "[]"
		}
		if s["format"] == "date-time" {
			return "time"
		}
		return kind
	}
	return "any"
}

func indented(value any) string {
	b, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return ""
	}
	return string(b)
}

// curl is the call as one would type it.
func curl(o operation, base string) string {
	parts := []string{"curl"}
	if o.method != http.MethodGet {
		parts = append(parts, "-X "+o.method)
	}
	if o.note.events {
		parts = append(parts, "-N")
	}
	if o.who != anyone {
		parts = append(parts, `-H "Authorization: Bearer $ALLEATO_KEY"`)
	}
	if _, isUpload := o.body.(upload); isUpload {
		parts = append(parts, "-F file=@plan.png")
	} else if o.example != nil {
		body, err := json.Marshal(o.example)
		if err == nil {
			parts = append(parts, "-H 'Content-Type: application/json'", "-d '"+strings.ReplaceAll(string(body), "'", `'\''`)+"'")
		}
	}
	return strings.Join(append(parts, "'"+base+documentPath(o.path)+"'"), " \\\n  ")
}
