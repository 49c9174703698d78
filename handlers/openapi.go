package handlers

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
)

// operation is a route as the document and the reference page tell it.
type operation struct {
	route
	note
	tag     string
	params  []param
	input   schema // of the body, nil for none
	output  schema // of the JSON answer, nil for none
	example any    // of the body
	answer  any    // an example of the JSON answer
	codes   []int  // of refusals
}

// api is what the program says of itself, made once from the route table.
type api struct {
	schemas    *schemas
	operations []operation
	hooks      schema
}

func newAPI() *api {
	a := &api{schemas: newSchemas()}
	a.schemas.types["Part"], a.schemas.components["Part"] = reflect.TypeFor[store.Part](), partSchema()
	a.schemas.of(reflect.TypeFor[problem](), false)
	a.schemas.components["StreamChunk"] = chunkSchema()
	for _, r := range routes() {
		if r.where&onAPI == 0 && r.answer == nil {
			continue // a page
		}
		a.operations = append(a.operations, a.operation(r))
	}
	a.hooks = a.webhooks()
	return a
}

func (a *api) operation(r route) operation {
	o := operation{route: r, note: notes[r.name], tag: tagOf(r.path)}
	for segment := range strings.SplitSeq(r.path, "/") {
		if name, ok := strings.CutPrefix(segment, ":"); ok {
			name = strings.TrimSuffix(name, "?") // a path cannot do without a part of it there
			o.params = append(o.params, param{name: name, in: "path", kind: "string", text: paramTexts[name], required: true})
		}
	}
	o.params = append(o.params, o.note.params...)
	if _, isUpload := r.body.(upload); isUpload {
		o.input = schema{"type": "object", "required": []string{"file"}, "properties": schema{"file": schema{
			"type": "string", "contentMediaType": "application/octet-stream", "description": "The file, with its name."}}}
	} else if r.body != nil {
		o.input = a.schemas.of(reflect.TypeOf(r.body), true)
		if o.example = o.note.sample; o.example == nil {
			o.example = a.schemas.example(o.input, "")
		}
	}
	if r.answer != nil {
		o.output = a.schemas.of(reflect.TypeOf(r.answer), false)
		o.answer = a.schemas.example(o.output, "")
	}
	o.codes = refusals(r, o)
	return o
}

// refusals are the statuses beyond success that follow from the row, and those that its note adds.
func refusals(r route, o operation) []int {
	seen := map[int]bool{http.StatusInternalServerError: true, http.StatusServiceUnavailable: true}
	add := func(when bool, codes ...int) {
		for _, code := range codes {
			seen[code] = seen[code] || when
		}
	}
	queries := false
	for _, p := range o.params {
		queries = queries || p.in != "path"
	}
	add(r.writes(), 400, 413, 415) // a body that nobody asked for is looked at too
	add(r.body != nil, 422)
	add(queries, 400, 422)
	add(r.who != anyone, 401)
	add(r.writes() || (r.who != anyone && r.who != visitor && r.who != reader), 403)
	add(strings.Contains(r.path, ":"), 404)
	add(r.answer != nil, 406)
	add(r.rate != unlimited, 429)
	add(true, o.note.codes...)
	var codes []int
	for code := 400; code < 600; code++ {
		if seen[code] {
			codes = append(codes, code)
		}
	}
	return codes
}

// tagOf groups the operations by the first segment of their path.
func tagOf(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if tag := tagOfSegment[first]; tag != "" {
		return tag
	}
	return strings.ToUpper(first[:1]) + first[1:]
}

// document is the OpenAPI 3.1 document. base is the path under which everything lives, about what stands
// before the operations.
func (a *api) document(base, version, about string) ([]byte, error) {
	paths := map[string]schema{}
	for _, o := range a.operations {
		path := documentPath(o.path)
		if paths[path] == nil {
			paths[path] = schema{}
		}
		if o.where&onAPI == 0 {
			paths[path]["servers"] = []schema{{"url": rootOf(base, o.where), "description": "Outside of the API"}}
		}
		paths[path][strings.ToLower(o.method)] = o.describe()
	}
	var tags []schema
	seen := map[string]bool{}
	for _, o := range a.operations {
		if !seen[o.tag] {
			seen[o.tag] = true
			tags = append(tags, schema{"name": o.tag, "description": tagTexts[o.tag]})
		}
	}
	return json.Marshal(schema{
		"openapi": "3.1.0",
		"info": schema{"title": "Alleato", "version": version, "summary": "Chats, replies, files and accounts of an Alleato server.",
			"description": about, "license": schema{"name": "MIT", "identifier": "MIT"}},
		"servers":  []schema{{"url": base + apiPrefix, "description": "This server"}},
		"tags":     tags,
		"security": []schema{{"bearer": []string{}}, {"apiKey": []string{}}},
		"paths":    paths,
		"webhooks": a.hooks,
		"components": schema{"schemas": a.schemas.components, "responses": refusalResponses(), "headers": headerTexts(),
			"securitySchemes": schema{
				"bearer": schema{"type": "http", "scheme": "bearer", "bearerFormat": "JWT or API key",
					"description": "The token of POST /auth/login, which ends with its session, or an API key."},
				"apiKey": schema{"type": "apiKey", "in": "header", "name": "x-api-key", "description": "An API key."},
			}},
	})
}

func rootOf(base string, where mounts) string {
	if where&atRoot != 0 || base == "" {
		return "/"
	}
	return base
}

// documentPath writes :id as {id}.
func documentPath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if name, ok := strings.CutPrefix(segment, ":"); ok {
			segments[i] = "{" + strings.TrimSuffix(name, "?") + "}"
		}
	}
	return strings.Join(segments, "/")
}

func (o operation) describe() schema {
	out := schema{"operationId": o.name, "tags": []string{o.tag}, "summary": o.summary, "responses": o.responses()}
	if text := o.text(); text != "" {
		out["description"] = text
	}
	switch o.who {
	case anyone:
		out["security"] = []schema{}
	case reader:
		out["security"] = []schema{{}, {"bearer": []string{}}, {"apiKey": []string{}}}
	case person:
		out["security"] = []schema{{"bearer": []string{}}}
	}
	var params []schema
	for _, p := range o.params {
		params = append(params, schema{"name": p.name, "in": p.in, "required": p.required, "description": p.text, "schema": p.schema()})
	}
	if params != nil {
		out["parameters"] = params
	}
	if o.input != nil {
		content := schema{"schema": o.input}
		kind := fiber.MIMEApplicationJSON
		if _, isUpload := o.body.(upload); isUpload {
			kind = fiber.MIMEMultipartForm
		} else {
			content["example"] = o.example
		}
		_, must := o.input["required"]
		out["requestBody"] = schema{"required": must || kind == fiber.MIMEMultipartForm, "content": schema{kind: content}}
	}
	return out
}

// text is what the note says, and who may call.
func (o operation) text() string {
	who := map[access]string{
		reader: "Reads what is one's own, and without a credential what its owner has made public.",
		member: "Needs an account: guests are refused.",
		person: "Needs an account and its session: API keys are refused.",
	}[o.who]
	if o.writes() && o.who != anyone && o.who != person {
		who = strings.TrimSpace(who + " An API key needs the scope write.")
	}
	return strings.TrimSpace(o.note.text + "\n\n" + who)
}

func (o operation) responses() schema {
	out := schema{}
	status := max(o.note.status, http.StatusOK)
	success := schema{"description": o.summary, "headers": o.headers()}
	content := schema{}
	if o.output != nil {
		content[fiber.MIMEApplicationJSON] = schema{"schema": o.output, "example": o.answer}
	}
	if o.note.events {
		content[eventStreamType] = eventContent()
	}
	if o.note.bytes {
		content["*/*"] = schema{"schema": schema{"type": "string", "contentMediaType": "application/octet-stream"}}
	}
	if len(content) > 0 {
		success["content"] = content
	}
	out[strconv.Itoa(status)] = success
	if o.output != nil && o.method == http.MethodGet && o.where&onAPI != 0 {
		out["304"] = schema{"description": "As it was: If-None-Match named its ETag"}
	}
	for status, text := range o.note.also {
		out[strconv.Itoa(status)] = schema{"description": text}
	}
	if alternative := o.note.sends; alternative != nil {
		out["200"] = schema{"description": "The reply to the message that was sent", "headers": o.headers(), "content": alternative}
	}
	for _, code := range o.codes {
		out[strconv.Itoa(code)] = schema{"$ref": "#/components/responses/" + responseName(code)}
	}
	return out
}

func (o operation) headers() schema {
	names := []string{"X-Request-Id"}
	if o.rate != unlimited {
		names = append(names, "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
	}
	if o.method == http.MethodGet && o.rate != unlimited && !o.note.events {
		names = append(names, "ETag")
	}
	if o.note.events {
		names = append(names, "X-Stream-Id")
	}
	out := schema{}
	for _, name := range names {
		out[name] = schema{"$ref": "#/components/headers/" + name}
	}
	return out
}

func headerTexts() schema {
	out := schema{}
	for name, text := range headerNotes {
		kind := "string"
		if strings.HasPrefix(name, "RateLimit") || name == "Retry-After" {
			kind = "integer"
		}
		out[name] = schema{"description": text, "schema": schema{"type": kind}}
	}
	return out
}

func responseName(code int) string {
	if code == http.StatusInternalServerError {
		return "InternalError"
	}
	return strings.NewReplacer(" ", "", "-", "").Replace(http.StatusText(code))
}

// refusalResponses are the problems, one for each status.
func refusalResponses() schema {
	out := schema{}
	for code, text := range refusalTexts {
		headers := schema{"X-Request-Id": schema{"$ref": "#/components/headers/X-Request-Id"}}
		if code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable {
			headers["Retry-After"] = schema{"$ref": "#/components/headers/Retry-After"}
		}
		out[responseName(code)] = schema{"description": text, "headers": headers, "content": schema{"application/problem+json": schema{
			"schema": schema{"$ref": "#/components/schemas/Problem"},
			"example": problem{Type: "about:blank", Title: http.StatusText(code), Status: code, Detail: text, Code: codeOfStatus(code),
				RequestID: "019bce5e-0000-7000-8000-000000000000"},
		}}}
	}
	return out
}

func codeOfStatus(status int) store.Code {
	for code, s := range statusOf {
		if s == status {
			return code
		}
	}
	if status == http.StatusNotAcceptable {
		return store.Unsupported
	}
	return store.Invalid
}

// openAPI answers with the document, which is made once: it depends on nothing but the program.
func (s *Server) openAPI(c *fiber.Ctx) error {
	document, err := s.document()
	if err != nil {
		return err
	}
	c.Set("Access-Control-Allow-Origin", "*") // it says nothing of anybody's
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	return s.sendCached(c, document, fiber.MIMEApplicationJSONCharsetUTF8)
}
