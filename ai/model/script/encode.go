package script

import "strconv"

const (
	chunkHead = `data: {"id":"chatcmpl-script","object":"chat.completion.chunk","created":1700000000,"model":`
	hexDigits = "0123456789abcdef"
)

// Encode returns the event of a chunk as it goes over the wire, for scripts that
// encode once and send often, and for tests that cut events into pieces.
func Encode(c Chunk) []byte { return appendChunk(nil, "scripted", c) }

// Finish is the event that carries a finish_reason, for Bare scripts.
func Finish(reason string) []byte { return appendFinish(nil, "scripted", reason) }

// Done is the event that ends a stream, for Bare scripts.
func Done() []byte { return []byte("data: [DONE]\n\n") }

func appendChunk(dst []byte, model string, c Chunk) []byte {
	switch {
	case c.Append != nil:
		return c.Append(dst)
	case c.Bytes != nil:
		return append(dst, c.Bytes...)
	case c.Raw != "":
		return append(append(append(dst, "data: "...), c.Raw...), "\n\n"...)
	}
	dst = append(appendString(append(dst, chunkHead...), model), `,"choices":[{"index":0,"delta":{`...)
	n := len(dst)
	if c.first {
		dst = append(dst, `"role":"assistant"`...)
	}
	dst = appendField(dst, n, "content", c.Text)
	dst = appendField(dst, n, "reasoning_content", c.Reasoning)
	if c.isTool() {
		dst = appendTool(dst, n, c)
	}
	return append(dst, "},\"finish_reason\":null}]}\n\n"...)
}

func (c Chunk) isTool() bool { return c.ToolID != "" || c.ToolName != "" || c.ToolArgs != "" }

// appendField adds one member of an object that begins at n, if it has a value.
func appendField(dst []byte, n int, name, value string) []byte {
	if value == "" {
		return dst
	}
	if len(dst) > n {
		dst = append(dst, ',')
	}
	dst = append(append(append(dst, '"'), name...), `":`...)
	return appendString(dst, value)
}

func appendTool(dst []byte, n int, c Chunk) []byte {
	if len(dst) > n {
		dst = append(dst, ',')
	}
	dst = append(dst, `"tool_calls":[{"index":`...)
	dst = strconv.AppendInt(dst, int64(c.ToolIndex), 10)
	if c.ToolID != "" {
		dst = appendString(append(dst, `,"type":"function","id":`...), c.ToolID)
	}
	dst = append(dst, `,"function":{`...)
	n = len(dst)
	dst = appendField(dst, n, "name", c.ToolName)
	dst = appendField(dst, n, "arguments", c.ToolArgs)
	return append(dst, "}}]"...)
}

func appendFinish(dst []byte, model, reason string) []byte {
	dst = appendString(append(dst, chunkHead...), model)
	dst = append(dst, `,"choices":[{"index":0,"delta":{},"finish_reason":`...)
	return append(appendString(dst, reason), "}]}\n\n"...)
}

func appendUsage(dst []byte, model string, u Usage) []byte {
	dst = appendString(append(dst, chunkHead...), model)
	dst = append(dst, `,"choices":[],"usage":`...)
	return append(appendCounts(dst, u), "}\n\n"...)
}

func appendCounts(dst []byte, u Usage) []byte {
	dst = strconv.AppendInt(append(dst, `{"prompt_tokens":`...), int64(u.InputTokens), 10)
	dst = strconv.AppendInt(append(dst, `,"completion_tokens":`...), int64(u.OutputTokens), 10)
	dst = strconv.AppendInt(append(dst, `,"total_tokens":`...), int64(u.InputTokens+u.OutputTokens), 10)
	return append(dst, '}')
}

// appendString writes a JSON string. Unlike encoding/json it leaves bytes from
// 0x80 up alone, so that half a character stays half a character.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b == '"' || b == '\\':
			dst = append(dst, '\\', b)
		case b == '\n':
			dst = append(dst, '\\', 'n')
		case b < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
		default:
			dst = append(dst, b)
		}
	}
	return append(dst, '"')
}
