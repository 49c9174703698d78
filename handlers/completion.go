package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"alleato/ai"
	"alleato/ai/model"
	"alleato/store"
)

// The door for programs that speak OpenAI's protocol: the models of this server, with a credential of
// ours, under the limits of its owner. Such a program brings its whole conversation; no chat is made.

// openAIModel is a model as the protocol lists it.
type openAIModel struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"` // nobody knows: 0
	OwnedBy string `json:"owned_by"`
}

type openAIModels struct {
	Object string        `json:"object"`
	Data   []openAIModel `json:"data"`
}

// completionIn is what this server looks at of a request; the rest is between caller and model.
type completionIn struct {
	Model    string            `json:"model" validate:"max=200"`
	Messages []json.RawMessage `json:"messages" validate:"required,min=1"`
	Stream   bool              `json:"stream"`
	N        int               `json:"n" validate:"max=1"` // each would be a reply of its own
}

// openAIProblem is an error in the protocol's shape.
type openAIProblem struct {
	Error openAIError `json:"error"`
}

type openAIError struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    string  `json:"code"`
}

func (s *Server) completionModels(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	models, err := s.Models.Models(ctx)
	if err != nil {
		return noModels(err)
	}
	out := openAIModels{Object: "list", Data: make([]openAIModel, len(models))}
	for i, m := range models {
		out.Data[i] = inCatalogue(m)
	}
	return s.send(c, fiber.StatusOK, reply{JSON: out})
}

func inCatalogue(m model.Info) openAIModel {
	return openAIModel{ID: m.ID, Object: "model", OwnedBy: m.Provider}
}

// completionModel: names such as org/model come with their slash escaped or as it is.
func (s *Server) completionModel(c *fiber.Ctx) error {
	id, err := url.PathUnescape(c.Params("+"))
	if err != nil {
		return malformed("The model's name cannot be read.")
	}
	ctx, cancel := s.ctx()
	defer cancel()
	m, err := s.Models.Find(ctx, id)
	if errors.Is(err, model.ErrUnknownModel) {
		return unknownModel(id)
	}
	if err != nil {
		return noModels(err)
	}
	return s.send(c, fiber.StatusOK, reply{JSON: inCatalogue(m)})
}

func (s *Server) completionCreate(c *fiber.Ctx) error {
	var in completionIn
	if err := s.bind(c, &in); err != nil {
		return err
	}
	var request map[string]json.RawMessage
	if err := json.Unmarshal(c.Body(), &request); err != nil {
		return malformed("The body must be a JSON object.")
	}
	ctx, cancel := context.WithCancel(s.life)
	stop := onHangUp(c.Context().Conn(), cancel) // a caller who has gone wants no tokens spent
	answer, err := s.Runner.Complete(ctx, callOf(c).user, callOf(c).keyName(), in.Model, request)
	stop()
	if err != nil {
		cancel()
		return modelRefusal(err)
	}
	end := func() { answer.Close(); cancel() }
	if answer.Whole != nil {
		defer end()
		return s.send(c, fiber.StatusOK, reply{JSON: json.RawMessage(answer.Whole)})
	}
	k := callOf(c)
	return s.stream(c, permit{session: k.session, key: k.keyID(), reader: k.reader()}, func(e *eventStream) error {
		defer end()
		defer context.AfterFunc(e.ctx, cancel)()
		return relay(e, answer)
	})
}

// relay passes the events on as they come, and says so when they break off: without [DONE] the protocol's
// clients take what they have for the whole.
func relay(e *eventStream, answer *ai.Completion) error {
	for {
		data, err := answer.Next()
		switch {
		case err == nil:
			e.data(data)
		case errors.Is(err, io.EOF):
			e.data([]byte("[DONE]"))
			return e.flush()
		case e.ctx.Err() != nil:
			return e.ctx.Err()
		default:
			var own *store.Error
			if !errors.As(modelRefusal(err), &own) {
				own = store.Errorf(store.Unavailable, "The reply broke off.")
			}
			problem, err := json.Marshal(openAIProblem{inOpenAI(own, statusOf[own.Code])})
			if err != nil {
				return err
			}
			e.data(problem)
			return e.flush()
		}
		if err := e.flush(); err != nil {
			return err
		}
	}
}

// modelRefusal is what a caller is told of a model that did not answer. What is wrong between this server
// and the provider is not the caller's fault: it is told as the server's.
func modelRefusal(err error) error {
	var refused *model.Error
	switch {
	case errors.Is(err, model.ErrIdle):
		return store.Errorf(store.Unavailable, "The model fell silent.").WithHint("Try again.").WithCause(err)
	case errors.Is(err, model.ErrTooLong):
		return store.Errorf(store.Unavailable, "The answer grew past the longest that is passed on.").WithCause(err)
	case errors.Is(err, model.ErrCut), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return store.Errorf(store.Unavailable, "The connection to the model broke off.").WithHint("Try again.").WithCause(err)
	case !errors.As(err, &refused):
		return err
	}
	switch refused.Code {
	case model.CodeInvalid, model.CodeFiltered, model.CodeTooLarge:
		return &refusal{store.Errorf(store.Invalid, "%s", refused.Message).WithCause(err), http.StatusBadRequest}
	case model.CodeRateLimited:
		return store.Errorf(store.RateLimited, "%s", refused.Message).WithRetryAfter(refused.RetryAfter).WithCause(err)
	}
	return store.Errorf(store.Unavailable, "%s", refused.Message).WithCause(err)
}

// inOpenAI gives an error the protocol's names, which its clients look at.
func inOpenAI(e *store.Error, status int) openAIError {
	out := openAIError{Message: e.Message, Type: "invalid_request_error", Code: string(e.Code)}
	if e.Hint != "" {
		out.Message += " " + e.Hint
	}
	if e.Field != "" {
		out.Param = &e.Field
	}
	switch {
	case e.Code == store.Unauthenticated:
		out.Code = "invalid_api_key"
	case e.Code == store.Forbidden:
		out.Type = "permission_error"
	case e.Code == store.RateLimited:
		out.Type, out.Code = "rate_limit_error", "rate_limit_exceeded"
	case e.Code == store.Invalid && e.Field == "model":
		out.Code = "model_not_found"
	case status >= http.StatusInternalServerError:
		out.Type = "server_error"
	}
	return out
}

// failOpenAI answers with an error in the protocol's shape and statuses: it has no 422.
func (s *Server) failOpenAI(c *fiber.Ctx, e *store.Error, status int) error {
	problem := openAIProblem{inOpenAI(e, status)}
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest
		if problem.Error.Code == "model_not_found" {
			status = http.StatusNotFound
		}
	}
	return s.sendJSON(c, status, problem, fiber.MIMEApplicationJSONCharsetUTF8)
}
