package handlers

import (
	"context"

	"alleato/store"
	"alleato/store/exchange"
)

// version saves a version of a document under the id that the document always has for this person: its
// own, back where it came from.
func (i *importer) version(ctx context.Context, d *store.Document) error {
	id, known := i.documents[d.ID]
	if !known {
		own, err := i.s.Options.Store.OwnDocument(ctx, i.user.ID, d.ID)
		if err != nil {
			return err
		}
		if id = d.ID; !own {
			id = store.ImportedID(i.user.ID, exchange.Alleato, "document", d.ID)
		}
		i.documents[d.ID] = id
	}
	if err := i.place(ctx, d); err != nil {
		return err
	}
	d.ID = id
	if d.Size() > i.room {
		i.left[exchange.LeftNoSpace]++
		return nil
	}
	made, added, err := i.s.Options.Store.ImportVersion(ctx, i.user, d)
	switch store.CodeOf(err) {
	case "":
	case store.TooLarge:
		reason := exchange.LeftDocuments
		if len(d.Text()) <= store.MaxDocument { // then it is the space of all that is used up
			reason = exchange.LeftNoSpace
		}
		i.left[reason]++
		return nil
	case store.Invalid, store.Unsupported, store.NotFound:
		i.left[exchange.LeftDocuments]++
		return nil
	default:
		return err
	}
	if made {
		i.report.Documents++
	}
	if added {
		i.report.Versions++
		i.room -= d.Size()
	}
	return nil
}

// place says which chat and which picture of ours the document is about. What is not here it is without.
func (i *importer) place(ctx context.Context, d *store.Document) error {
	if d.ChatID != nil {
		if chat, taken := i.chats[*d.ChatID]; taken {
			d.ChatID = &chat
		} else {
			d.ChatID, d.MessageID = nil, nil
		}
	}
	if d.Kind != store.KindImage {
		return nil
	}
	picture := d.Text()
	own, err := i.s.Options.Store.FilesByID(ctx, i.user.ID, []string{picture})
	if err != nil || own[picture] != nil {
		return err
	}
	attachment, there := i.archive.File(picture)
	if !there {
		return nil // refused for its content, and counted
	}
	f, err := i.file(ctx, store.ImportedID(i.user.ID, exchange.Alleato, "file", picture), "", attachment)
	if err == nil && f != nil {
		d.Content = &f.ID
	}
	return err
}

func (i *importer) suggestion(ctx context.Context, g *store.Suggestion) error {
	document, known := i.documents[g.DocumentID]
	if !known {
		return nil
	}
	if document != g.DocumentID {
		g.ID = store.ImportedID(i.user.ID, exchange.Alleato, "suggestion", g.ID)
	}
	g.DocumentID = document
	err := i.s.Options.Store.ImportSuggestion(ctx, i.user.ID, g)
	if code := store.CodeOf(err); code == store.Invalid || code == store.NotFound {
		i.left[exchange.LeftDocuments]++
		return nil
	}
	return err
}
