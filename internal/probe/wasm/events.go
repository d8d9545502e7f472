package wasm

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

// heard keeps what the page needs itself, and tells the rest to the options.
func (p *Page) heard(e cdp.Event) {
	p.mu.Lock()
	_, ours := p.sessions[e.Session]
	p.mu.Unlock()
	if e.Session != "" && !ours {
		return
	}
	switch e.Method {
	case "Target.attachedToTarget":
		p.attached(e)
	case "Target.detachedFromTarget":
		var gone struct{ SessionID string }
		if json.Unmarshal(e.Params, &gone) == nil {
			p.forget(gone.SessionID, 0)
		}
	case "Runtime.executionContextCreated":
		var made struct{ Context jsContext }
		if json.Unmarshal(e.Params, &made) == nil {
			p.mu.Lock()
			p.contexts[e.Session] = append(p.contexts[e.Session], made.Context)
			p.mu.Unlock()
		}
	case "Runtime.executionContextDestroyed":
		var gone struct{ ExecutionContextID int }
		if json.Unmarshal(e.Params, &gone) == nil {
			p.forget(e.Session, gone.ExecutionContextID)
		}
	case "Runtime.executionContextsCleared":
		p.forget(e.Session, 0)
	case "Inspector.targetCrashed":
		p.mu.Lock()
		p.crashed = true
		p.signal()
		p.mu.Unlock()
	case "Debugger.paused", "Debugger.resumed":
		p.paused(e)
	case "Fetch.requestPaused":
		p.goOn(e)
	case "Fetch.authRequired":
		p.authorise(e)
	case "Page.javascriptDialogOpening":
		// A page that asks would wait for ever.
		go p.quick(e.Session, "Page.handleJavaScriptDialog", map[string]any{"accept": true})
	case "Runtime.consoleAPICalled":
		if p.word(e) {
			return
		}
	}
	if p.options.Heard != nil {
		p.options.Heard(e)
	}
}

// signal wakes who waits for a change; p.mu is held.
func (p *Page) signal() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// forget drops the realms of a session, or of one of its contexts.
func (p *Page) forget(session string, context int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, r := range p.realms {
		if r.session == session && (context == 0 || r.context == context) {
			delete(p.realms, key)
			p.order = slices.DeleteFunc(p.order, func(k string) bool { return k == key })
		}
	}
	p.contexts[session] = slices.DeleteFunc(p.contexts[session], func(c jsContext) bool {
		return context == 0 || c.ID == context
	})
}

// attached prepares a worker or a frame of another site, and lets it go.
func (p *Page) attached(e cdp.Event) {
	var a struct {
		SessionID          string
		TargetInfo         struct{ Type string }
		WaitingForDebugger bool
	}
	if json.Unmarshal(e.Params, &a) != nil || e.Session == "" {
		return
	}
	p.mu.Lock()
	p.sessions[a.SessionID] = a.TargetInfo.Type
	p.mu.Unlock()
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		p.enable(ctx, a.SessionID, a.TargetInfo.Type)
		if a.WaitingForDebugger {
			p.conn.Call(ctx, a.SessionID, "Runtime.runIfWaitingForDebugger", nil, nil)
		}
	}()
}

func (p *Page) quick(session, method string, params any) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	p.conn.Call(ctx, session, method, params, nil)
}

func (p *Page) goOn(e cdp.Event) {
	var paused struct{ RequestID string }
	if json.Unmarshal(e.Params, &paused) == nil {
		go p.quick(e.Session, "Fetch.continueRequest", map[string]any{"requestId": paused.RequestID})
	}
}

// authorise answers a server's question with the user of the URL, once for each
// request and only to the URL's own host.
func (p *Page) authorise(e cdp.Event) {
	var asked struct {
		RequestID     string
		Request       struct{ URL string }
		AuthChallenge struct{ Origin string }
	}
	if json.Unmarshal(e.Params, &asked) != nil {
		return
	}
	answer := map[string]any{"response": "CancelAuth"}
	user := p.options.user()
	if user != nil && sameHost(asked.AuthChallenge.Origin, p.options.URL) && p.firstAsked(asked.RequestID) {
		password, _ := user.Password()
		answer = map[string]any{"response": "ProvideCredentials", "username": user.Username(), "password": password}
	}
	go p.quick(e.Session, "Fetch.continueWithAuth", map[string]any{
		"requestId": asked.RequestID, "authChallengeResponse": answer})
}

// word takes a word of the script; it reports whether the message was one.
func (p *Page) word(e cdp.Event) bool {
	var m struct {
		Type               string
		ExecutionContextID int
		Args               []struct {
			Type     string
			Value    json.RawMessage
			ObjectID string
		}
	}
	if json.Unmarshal(e.Params, &m) != nil || m.Type != "debug" || len(m.Args) != 3 {
		return false
	}
	var mark, kind, detail string
	if json.Unmarshal(m.Args[0].Value, &mark) != nil || mark != token {
		return false
	}
	json.Unmarshal(m.Args[1].Value, &kind)
	key := fmt.Sprintf("%s/%d", e.Session, m.ExecutionContextID)
	if kind == "state" {
		p.keepState(key, e.Session, m.ExecutionContextID, m.Args[2].ObjectID)
		return true
	}
	if json.Unmarshal(m.Args[2].Value, &detail) != nil || !json.Valid([]byte(detail)) {
		return true
	}
	p.mu.Lock()
	worker := p.sessions[e.Session] != "page" && p.sessions[e.Session] != "iframe"
	if r := p.realms[key]; r != nil && kind == "run" {
		r.started, r.isGo = true, true
		p.signal()
	}
	p.mu.Unlock()
	if p.options.Said != nil {
		p.options.Said(Word{Kind: kind, Realm: key, Worker: worker, JSON: json.RawMessage(detail)})
	}
	return true
}

// keepState keeps the script's state by a reference of our own: the page's
// console.clear lets go of the console's.
func (p *Page) keepState(key, session string, contextID int, object string) {
	p.mu.Lock()
	p.places++
	p.realms[key] = &realm{session: session, context: contextID, place: p.places, state: object}
	p.order = append(p.order, key)
	p.mu.Unlock()
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		var got struct{ Result struct{ ObjectID string } }
		err := p.conn.Call(ctx, session, "Runtime.callFunctionOn", map[string]any{
			"objectId": object, "functionDeclaration": "function() { return this }", "objectGroup": "gomedic"}, &got)
		if err != nil || got.Result.ObjectID == "" {
			return
		}
		p.mu.Lock()
		if r := p.realms[key]; r != nil && r.state == object {
			r.state = got.Result.ObjectID
		}
		p.mu.Unlock()
	}()
}
