package store_test

import (
	"strings"
	"testing"

	"alleato/store"
)

// TestPageType: what a page is, by its language, else by its text.
func TestPageType(t *testing.T) {
	mermaid := store.PageMermaid
	for _, c := range []struct {
		text     string
		language *string
		want     string
	}{
		{"", nil, store.PageHTML},
		{"<!doctype html><svg></svg>", nil, store.PageHTML},
		{"<p>graph TD</p>", nil, store.PageHTML},
		{"A page about pie.", nil, store.PageHTML},
		{"graphics are fun", nil, store.PageHTML},
		{"<svg></svg>", nil, store.PageSVG},
		{"\n <SVG\nviewBox='0 0 1 1'/>", nil, store.PageSVG},
		{"<?xml version=\"1.0\"?>\n<!-- drawn -->\n<!DOCTYPE svg PUBLIC \"a\" \"b\">\n<svg>", nil, store.PageSVG},
		{"<svgs>", nil, store.PageHTML},
		{"graph TD\n A-->B", nil, store.PageMermaid},
		{"flowchart", nil, store.PageMermaid},
		{"\nsequenceDiagram\n A->>B: hi", nil, store.PageMermaid},
		{"stateDiagram-v2\n [*] --> A", nil, store.PageMermaid},
		{"---\ntitle: x\n---\n%% a comment\n%%{init: {}}%%\npie title Pets", nil, store.PageMermaid},
		{"xychart-beta\n", nil, store.PageMermaid},
		{"<svg></svg>", &mermaid, store.PageMermaid},
		{strings.Repeat("%%\n", 10_000) + "graph TD", nil, store.PageHTML}, // told by the beginning alone
	} {
		d := store.Document{Kind: store.KindHTML, Content: &c.text, Language: c.language}
		if got := d.PageType(); got != c.want {
			t.Errorf("%.60q is %s, not %s", c.text, got, c.want)
		}
	}
}
