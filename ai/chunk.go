package ai

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"alleato/store"
)

// The chunks of a UI message stream (protocol v1 of the npm package `ai`, majors 5 to 7), encoded.
// No chunk carries a key beyond those of the protocol: older clients end the stream on one.

// appendQuoted appends s as a JSON string. Most deltas need no escape and take the short way.
func appendQuoted(dst []byte, s string) []byte {
	if isPlain(s) {
		dst = append(dst, '"')
		dst = append(dst, s...)
		return append(dst, '"')
	}
	quoted, _ := json.Marshal(s) // a string always marshals
	return append(dst, quoted...)
}

func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if b := s[i]; b < 0x20 || b == '"' || b == '\\' {
			return false
		}
	}
	return utf8.ValidString(s)
}

func startChunk(messageID string) []byte {
	return append(appendQuoted([]byte(`{"type":"start","messageId":`), messageID), '}')
}

func partStartChunk(kind, id string) []byte {
	return append(appendQuoted([]byte(`{"type":"`+kind+`-start","id":`), id), '}')
}

// partDeltaChunk takes the delta as an encoded JSON string.
func partDeltaChunk(kind, id string, quoted []byte) []byte {
	b := make([]byte, 0, len(quoted)+len(kind)+len(id)+40)
	b = append(b, `{"type":"`...)
	b = append(b, kind...)
	b = append(b, `-delta","id":"`...)
	b = append(b, id...)
	b = append(b, `","delta":`...)
	b = append(b, quoted...)
	return append(b, '}')
}

func partEndChunk(kind, id string, metadata json.RawMessage) []byte {
	b := appendQuoted([]byte(`{"type":"`+kind+`-end","id":`), id)
	if len(metadata) > 0 {
		b = append(append(b, `,"providerMetadata":`...), metadata...)
	}
	return append(b, '}')
}

func titleChunk(chatID, title string) []byte {
	b := appendQuoted([]byte(`{"type":"data-title","data":{"chatId":`), chatID)
	return append(appendQuoted(append(b, `,"title":`...), title), "}}"...)
}

// endChunks is how a reply ends on the wire; the reader adds [DONE]. What a client may want to know of
// the whole reply goes with it as the message's metadata.
func endChunks(status, finishReason string, failure *store.MessageError, metadata []byte) [][]byte {
	chunks := [][]byte{[]byte(`{"type":"finish-step"}`)}
	switch status {
	case store.StatusStopped:
		chunks, finishReason = append(chunks, []byte(`{"type":"abort"}`)), "other"
	case store.StatusFailed, store.StatusInterrupted:
		text := "The reply broke off."
		if failure != nil {
			text = failure.Message
		}
		chunks = append(chunks, append(appendQuoted([]byte(`{"type":"error","errorText":`), text), '}'))
		finishReason = "error"
	}
	if finishReason == "" {
		finishReason = "stop"
	}
	finish := appendQuoted([]byte(`{"type":"finish","finishReason":`), finishReason)
	finish = append(append(finish, `,"messageMetadata":`...), metadata...)
	return append(chunks, append(finish, '}'))
}

// metadataOf is the metadata of a reply: who wrote it and what it took, in the names that the message's
// own JSON has.
func metadataOf(model string, usage store.Usage) []byte {
	encoded, _ := json.Marshal(struct { // strings and numbers always marshal
		Model string      `json:"model"`
		Usage store.Usage `json:"usage"`
	}{model, usage})
	return encoded
}

func startStepChunk() []byte { return []byte(`{"type":"start-step"}`) }

func partID(index int) string { return "p" + strconv.Itoa(index) }

// replay rebuilds the log of a finished reply from its message: one delta per part.
func replay(m *store.Message) [][]byte {
	chunks := [][]byte{startChunk(m.ID), startStepChunk()}
	for i, p := range m.Parts {
		if p.Type != "text" && p.Type != "reasoning" {
			if i > 0 || p.Type != "step-start" {
				chunks = append(chunks, partChunks(&p)...)
			}
			continue
		}
		chunks = append(chunks, partStartChunk(p.Type, partID(i)),
			partDeltaChunk(p.Type, partID(i), appendQuoted(nil, p.Text)),
			partEndChunk(p.Type, partID(i), p.ProviderMetadata))
	}
	by := ""
	if m.Model != nil {
		by = *m.Model
	}
	return append(chunks, endChunks(m.Status, m.FinishReason, m.Error, metadataOf(by, m.Usage))...)
}
