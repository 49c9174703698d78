package handlers_test

import (
	"time"

	"alleato/store"
)

// matrixRules has a line for each route; a route without one fails the test.
var matrixRules = map[string]matrixRule{
	"health": {}, "ready": {},
	"asset":   {args: func(*objects) []string { return []string{"none.js"} }, ok: 404},
	"favicon": {ok: 302},
	"sdk":     {}, "sdkTypes": {},
	"completionModels": {}, "completionModel": {}, "completionCreate": {}, // on neither mount: see client_openai_test.go
	"openAPI": {}, "docs": {}, "home": {}, "loginPage": {}, "registerPage": {},
	// there is an admin, so no set-up link leads anywhere
	"setupPage":    {ok: 404},
	"setup":        {ok: 404, body: setUp},
	"authRegister": {ok: 201, ends: true, body: newcomer},
	"authLogin":    {ends: true, body: func(*objects) any { return map[string]any{"email": ownerEmail, "password": "correct horse"} }},
	"authGuest":    {ends: true},
	"authLogout":   {ends: true, noKey: true},
	"authMe":       {}, "modelList": {}, "chatList": {}, "search": {}, "fileList": {},
	"chatCreate":          {ok: 201, body: func(*objects) any { return map[string]any{"title": "new"} }},
	"chatDeleteAll":       {},
	"chatRestoreAll":      {of: somebodys, prepare: deleteAll, body: func(o *objects) any { return map[string]any{"deletedAt": o.deletedAt} }},
	"chatShow":            {of: aChat, args: chatArg},
	"chatUpdate":          {of: aChat, args: chatArg, body: func(*objects) any { return map[string]any{"title": "Taken", "visibility": "public"} }},
	"chatDelete":          {of: aChat, args: chatArg},
	"chatRestore":         {of: somebodys, args: chatArg, prepare: deleteOne},
	"messageCreate":       {of: aChat, args: chatArg, body: func(*objects) any { return map[string]any{"text": "Hi"} }},
	"chatStream":          {of: aChat, args: chatArg, missing: 204},
	"chatStop":            {of: aChat, args: chatArg},
	"voteList":            {of: aChat, args: chatArg},
	"voteSet":             {of: aChat, args: voteArgs, body: func(*objects) any { return map[string]any{"type": "down"} }},
	"voteDelete":          {of: aChat, args: voteArgs},
	"streamShow":          {of: aChat, args: func(o *objects) []string { return []string{o.reply.Stream.ID} }},
	"streamStop":          {of: aChat, args: func(o *objects) []string { return []string{o.reply.Stream.ID} }},
	"fileUpload":          {ok: 201, body: func(*objects) any { return named("a.txt", []byte("some text")) }},
	"fileShow":            {of: somebodys, args: fileArg},
	"fileContent":         {of: somebodys, args: fileArg},
	"fileDelete":          {of: somebodys, args: fileArg},
	"fileRead":            {args: func(o *objects) []string { return []string{o.file.ID, o.file.ReadKey, o.file.Name} }},
	"fileThumbnail":       {args: func(o *objects) []string { return []string{o.file.ID, o.file.ReadKey} }},
	"avatarShow":          {args: func(o *objects) []string { return []string{o.avatar.ID} }},
	"avatarUpdate":        {body: func(*objects) any { return named("me.png", picture(8, 8)) }},
	"avatarDelete":        {},
	"documentList":        {},
	"documentCreate":      {ok: 201, body: func(*objects) any { return map[string]any{"title": "new", "kind": "text", "content": "words"} }},
	"imageCreate":         {ok: 201, body: func(*objects) any { return named("mole.png", picture(8, 8)) }},
	"imageReplace":        {of: somebodys, args: documentArg, ok: 422, body: func(*objects) any { return named("mole.png", picture(8, 8)) }}, // it is a text
	"documentShow":        {of: somebodys, args: documentArg},
	"documentSave":        {of: somebodys, args: documentArg, body: func(*objects) any { return map[string]any{"content": "taken", "baseVersion": 2} }},
	"documentUpdate":      {of: somebodys, args: documentArg, body: func(*objects) any { return map[string]any{"title": "Taken", "visibility": "public"} }},
	"documentDelete":      {of: somebodys, args: documentArg},
	"versionList":         {of: somebodys, args: documentArg},
	"versionRestore":      {of: somebodys, args: documentArg, body: func(*objects) any { return map[string]any{"version": 1} }},
	"documentDiff":        {of: somebodys, args: documentArg},
	"documentDownload":    {of: somebodys, args: documentArg},
	"documentPreview":     {of: somebodys, args: documentArg},
	"documentAsk":         {of: somebodys, args: documentArg, body: func(*objects) any { return map[string]any{"action": "redesign"} }},
	"suggestionList":      {of: somebodys, args: documentArg},
	"suggestionCreate":    {of: somebodys, args: documentArg, ok: 201, body: func(*objects) any { return map[string]any{"originalText": "secret", "suggestedText": "open"} }},
	"suggestionAcceptAll": {of: somebodys, args: documentArg, body: func(*objects) any { return map[string]any{"status": "accepted"} }},
	"suggestionUpdate":    {of: somebodys, args: func(o *objects) []string { return []string{o.suggestion.ID} }, body: func(*objects) any { return map[string]any{"status": "accepted"} }},
	"diagramFrame":        {},
	"runFrame":            {},
	"modelChoose":         {body: func(*objects) any { return map[string]any{"model": "fast"} }},
	// the reply shows no remote picture, so there is none to fetch
	"messageImage":  {of: aChat, args: voteArgs, ok: 404},
	"accountShow":   {},
	"accountUpdate": {body: func(*objects) any { return map[string]any{"name": "Ada"} }},
	// a wrong password, so that nobody loses the account that the next calls are made with
	"accountDelete": {ok: 422, body: func(*objects) any { return map[string]any{"password": "wrong horse"} }},
	"passwordUpdate": {ok: 422, body: func(*objects) any {
		return map[string]any{"currentPassword": "wrong horse", "newPassword": "correct horse"}
	}},
	"sessionList":      {},
	"sessionDeleteAll": {ends: true},
	"sessionDelete":    {args: func(*objects) []string { return []string{"none"} }, ok: 404},
	"exportList":       {},
	"exportCreate":     {ok: 202, prepare: transfersEnd, body: func(*objects) any { return map[string]any{"format": "json"} }},
	"exportShow":       {of: somebodys, args: func(o *objects) []string { return []string{o.export.ID} }},
	"importList":       {},
	"importCreate":     {ok: 201, prepare: transfersEnd, body: func(*objects) any { return named("chats.json", webUI) }},
	"importShow":       {of: somebodys, args: func(o *objects) []string { return []string{o.imported.ID} }},
	"avatarCreate":     {body: func(*objects) any { return named("me.png", picture(8, 8)) }},
	"fileUpdate":       {of: somebodys, args: fileArg, body: func(*objects) any { return map[string]any{"name": "taken.png"} }},
	"adminFileList":    {},
	"adminHome":        {ok: 200}, "adminStats": {}, "userList": {},
	"userUpdate":      {args: func(o *objects) []string { return []string{o.bystander} }, body: func(*objects) any { return map[string]any{"disabled": true} }},
	"adminFileDelete": {args: fileArg},
	"webhookList":     {},
	// an address that no webhook may go to, so that no call leaves this machine
	"webhookCreate": {ok: 422, body: func(*objects) any {
		return map[string]any{"url": "https://127.0.0.1/hook", "events": []string{"reply.finished"}}
	}},
	"webhookShow":    {of: somebodys, args: hookArg},
	"webhookUpdate":  {of: somebodys, args: hookArg, body: func(*objects) any { return map[string]any{"description": "taken"} }},
	"webhookDelete":  {of: somebodys, args: hookArg},
	"webhookSecret":  {of: somebodys, args: hookArg},
	"webhookTest":    {of: somebodys, args: hookArg},
	"deliveryList":   {of: somebodys, args: hookArg},
	"deliveryRepeat": {of: somebodys, args: func(o *objects) []string { return []string{o.hook.ID, o.delivery.ID} }},
	"keyList":        {},
	"keyCreate":      {ok: 201, body: func(*objects) any { return map[string]any{"name": "new", "scope": "write"} }},
	"keyDelete":      {of: somebodys, args: func(o *objects) []string { return []string{o.key.ID} }},
}

// webUI is an export of Open WebUI with one chat in it.
var webUI = []byte(`[{"id":"one","title":"Taken along","chat":{"history":{"currentId":"q","messages":{"q":{"id":"q","parentId":null,"childrenIds":[],"role":"user","content":"Hi","timestamp":1700000000}}}}}]`)

const ownerEmail = "owner@example.com"

func chatArg(o *objects) []string  { return []string{o.reply.Chat.ID} }
func voteArgs(o *objects) []string { return []string{o.reply.Chat.ID, o.reply.Answer.ID} }
func fileArg(o *objects) []string  { return []string{o.file.ID} }

func hookArg(o *objects) []string { return []string{o.hook.ID} }

func documentArg(o *objects) []string { return []string{o.document.ID} }

func setUp(*objects) any {
	return map[string]any{"token": "x", "email": "set@example.com", "password": "correct horse"}
}

func newcomer(*objects) any {
	return map[string]any{"email": store.NewID() + "@example.com", "password": "correct horse"}
}

func deleteOne(m *matrix, o *objects) {
	m.must(m.s.store.DeleteChat(m.t.Context(), m.owner.ID, o.reply.Chat.ID))
}

func deleteAll(m *matrix, o *objects) {
	_, at, err := m.s.store.DeleteChats(m.t.Context(), m.owner.ID)
	m.must(err)
	o.deletedAt = at.Format(time.RFC3339Nano)
}

// transfersEnd waits for the exports and imports that earlier calls began: one runs at a time.
func transfersEnd(m *matrix, _ *objects) {
	eventually(m.t, "transfers have ended", func() bool {
		n, err := m.s.store.Writer().NewSelect().Table("transfers").Where("status = 'running'").Count(m.t.Context())
		return err == nil && n == 0
	})
}
