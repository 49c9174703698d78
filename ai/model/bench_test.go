package model_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"alleato/ai/model"
)

// endless is a provider that costs nothing, so that only the client is measured.
type endless struct{ chunk []byte }

func (e endless) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: &repeat{chunk: e.chunk}}, nil
}

type repeat struct {
	chunk []byte
	at    int
}

func (r *repeat) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		k := copy(b[n:], r.chunk[r.at:])
		n, r.at = n+k, (r.at+k)%len(r.chunk)
	}
	return n, nil
}

func (r *repeat) Close() error { return nil }

func BenchmarkRecv(b *testing.B) {
	chunks := map[string]string{
		"text":      `data: {"id":"chatcmpl-AbCdEf0123456789","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}],"usage":null}` + "\n\n",
		"escaped":   `data: {"id":"chatcmpl-AbCdEf0123456789","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":"\n\tx := \"y\""},"finish_reason":null}]}` + "\n\n",
		"reasoning": `data: {"id":"chatcmpl-AbCdEf0123456789","object":"chat.completion.chunk","created":1700000000,"model":"deepseek-reasoner","choices":[{"index":0,"delta":{"content":null,"reasoning_content":" token"},"finish_reason":null}]}` + "\n\n",
	}
	for name, chunk := range chunks {
		b.Run(name, func(b *testing.B) {
			o := model.Options{Endpoints: []model.Endpoint{{BaseURL: "http://bench.invalid/v1"}}, Only: []string{"m"}, MaxBytes: 1 << 50, Transport: endless{[]byte(chunk)}}
			s, err := newCatalogue(b, o).Stream(b.Context(), userSays("hi"))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			b.ReportAllocs()
			b.SetBytes(int64(len(chunk)))
			for b.Loop() {
				if _, err := s.Recv(); err != nil && !errors.Is(err, io.EOF) {
					b.Fatal(err)
				}
			}
		})
	}
}
