package views

import (
	"strings"
)

// APIReference is the API as its page tells it.
type APIReference struct {
	Base         string // where the API is, for examples
	Site, API    string // the paths of the two mounts, for trying
	Document     string // the address of the OpenAPI document
	Introduction string // paragraphs; **bold** and `code` are all the marks
	Groups       []APIGroup
}

// APIGroup is a part of the reference.
type APIGroup struct {
	Name, Text string
	Operations []APIOperation
}

// APIOperation is one route.
type APIOperation struct {
	ID, Method, Path, Summary, Text string
	Params, Body, Answer            []APIField
	BodyExample, AnswerExample      string
	Status                          string // of success
	Refusals                        []APIRefusal
	Curl                            string
	Upload, Events                  bool
}

// APIField is a parameter, or a field of a body.
type APIField struct {
	Name, In, Kind, Text string
	Required             bool
}

// APIRefusal is a status that is not success.
type APIRefusal struct{ Status, Text string }

func (g APIGroup) anchor() string {
	return "group-" + strings.ReplaceAll(strings.ToLower(g.Name), " ", "-")
}

// paragraphs splits a text at its empty lines.
func paragraphs(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n\n")
}

// run is a piece of a paragraph: plain, code or bold.
type run struct{ kind, text string }

// runs reads the two marks that our own texts use.
func runs(text string) []run {
	var out []run
	for i, piece := range strings.Split(text, "`") {
		if i%2 == 1 {
			out = append(out, run{"code", piece})
			continue
		}
		for j, part := range strings.Split(piece, "**") {
			kind := "plain"
			if j%2 == 1 {
				kind = "bold"
			}
			if part != "" {
				out = append(out, run{kind, part})
			}
		}
	}
	return out
}
