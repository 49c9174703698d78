package markdown

import (
	"bytes"
	"sync"
	"sync/atomic"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// newGoldmark is GFM without what depends on the rest of the document (footnotes, heading
// ids): a settled block must never change because of a later one.
func newGoldmark() goldmark.Markdown {
	inlines := append(parser.DefaultInlineParsers(),
		util.Prioritized(costGuard{}, -2), util.Prioritized(mathParser{}, -1))
	transformers := append(parser.DefaultParagraphTransformers(),
		util.Prioritized(paragraphGuard{}, -1))
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(blockParsers()...),
			parser.WithInlineParsers(inlines...),
			parser.WithParagraphTransformers(transformers...),
		)),
		goldmark.WithExtensions(
			extension.Linkify, extension.Strikethrough, extension.TaskList,
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
		),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(nodes{}, 100))),
	)
}

// work counts what a Renderer did, so that tests can see the cost of a reply.
type work struct {
	parsed  atomic.Int64 // bytes of Markdown parsed
	painted atomic.Int64 // bytes of code coloured
}

// references are the link definitions of text that is settled already, parser.Reference by
// label. A parse that was given up on may still read them.
type references = sync.Map

// knowing adds references to goldmark's context without copying them for every parse. The
// settled ones win, as the first definition of a label does.
type knowing struct {
	parser.Context
	known *references
}

// Reference returns the definition of a label.
func (k knowing) Reference(label string) (parser.Reference, bool) {
	if k.known != nil {
		if ref, ok := k.known.Load(label); ok {
			return ref.(parser.Reference), true
		}
	}
	return k.Context.Reference(label)
}

// document is a parsed text.
type document struct {
	source []byte
	root   ast.Node
	found  int // link definitions in it
}

func (r *Renderer) parse(source []byte, known *references) document {
	r.work.parsed.Add(int64(len(source)))
	ctx := knowing{parser.NewContext(), known}
	root := r.md.Parser().Parse(text.NewReader(source), parser.WithContext(ctx))
	return document{source, root, len(ctx.References())}
}

// write returns a document's HTML, sanitised. Only with colours is its code highlighted.
func (r *Renderer) write(d document, colours bool) string {
	if colours {
		r.paintAll(d)
	}
	var html bytes.Buffer
	if err := r.md.Renderer().Render(&html, d.source, d.root); err != nil {
		return plainText(string(d.source)) // a bytes.Buffer does not fail, our nodes do not either
	}
	return r.policy.SanitizeReader(&html).String()
}

// definitions returns the link definitions of a document, the first of a label winning.
func (d document) definitions() map[string]parser.Reference {
	refs := map[string]parser.Reference{}
	for n := range blocks(d.root) {
		def, ok := n.(*ast.LinkReferenceDefinition)
		if !ok {
			continue
		}
		label := util.ToLinkReference(def.Label)
		if _, taken := refs[label]; !taken {
			refs[label] = parser.NewReference(def.Label, def.Destination, def.Title)
		}
	}
	return refs
}

// blocks walks the block nodes below root in the order of the source.
func blocks(root ast.Node) func(yield func(ast.Node) bool) {
	return func(yield func(ast.Node) bool) {
		// The walk's only error is that of this function, which has none.
		_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			switch {
			case n.Type() == ast.TypeInline:
				return ast.WalkSkipChildren, nil
			case entering && !yield(n):
				return ast.WalkStop, nil
			}
			return ast.WalkContinue, nil
		})
	}
}
