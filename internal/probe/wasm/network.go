package wasm

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

// network takes an event of the network. Workers tell of their requests, too.
func (r *recorder) network(e cdp.Event) {
	var m struct {
		RequestID string
		FrameID   string
		LoaderID  string
		Timestamp float64
		WallTime  float64
		Type      string
		Request   struct{ URL string }
		Response  response

		DataLength        int64
		EncodedDataLength int64
		ErrorText         string
		BlockedReason     string
		CORS              *struct{ CORSError, FailedParameter string } `json:"corsErrorStatus"`
	}
	if json.Unmarshal(e.Params, &m) != nil || m.RequestID == "" {
		return
	}
	q := r.requests[m.RequestID]
	if e.Method == "Network.requestWillBeSent" {
		document := m.Type == "Document" && m.FrameID == r.frame
		if document && r.mono == 0 {
			r.mono, r.wall = m.Timestamp, m.WallTime
		}
		if q == nil {
			if len(r.requests) >= maxRequests {
				return
			}
			q = &evidence.PageRequest{Kind: m.Type, At: r.at(m.Timestamp), Declared: -1}
			if document {
				q.Role = evidence.RolePage
			}
			r.requests[m.RequestID] = q
		}
		q.URL = clip(m.Request.URL)
		r.inflight[m.RequestID] = true
		r.role(q)
		return
	}
	if q == nil {
		return
	}
	switch e.Method {
	case "Network.responseReceived":
		m.Response.into(q)
		r.role(q)
	case "Network.requestServedFromCache":
		q.Cached = true
	case "Network.dataReceived":
		q.Decoded += max(0, m.DataLength)
		q.Received += max(0, m.EncodedDataLength)
	case "Network.loadingFinished":
		q.End = max(r.at(m.Timestamp), 1)
		q.Received = max(q.Received, m.EncodedDataLength)
		delete(r.inflight, m.RequestID)
	case "Network.loadingFailed":
		q.End = max(r.at(m.Timestamp), 1)
		q.Error, q.Blocked = clip(m.ErrorText), m.BlockedReason
		if m.CORS != nil {
			q.Blocked = "cors: " + m.CORS.CORSError
			if m.CORS.FailedParameter != "" {
				q.Blocked += " (" + clip(m.CORS.FailedParameter) + ")"
			}
		}
		delete(r.inflight, m.RequestID)
		if q.Role == evidence.RolePage && q.Status == 0 {
			r.failed = q.Error
		}
	}
}

func (r *recorder) role(q *evidence.PageRequest) {
	if q.Role != evidence.RolePage {
		q.Role = roleOf(q)
	}
}

// response is what a server answered.
type response struct {
	Status        int
	MIMEType      string
	Headers       map[string]string
	FromDiskCache bool
}

func (a *response) into(q *evidence.PageRequest) {
	q.Status = a.Status
	q.Cached = q.Cached || a.FromDiskCache
	for name, value := range a.Headers {
		switch strings.ToLower(name) {
		case "content-type":
			q.MIME, _, _ = strings.Cut(value, ";")
			q.MIME = clip(strings.ToLower(strings.TrimSpace(q.MIME)))
		case "content-encoding":
			q.Encoding = clip(strings.ToLower(value))
		case "cache-control":
			q.Cache = clip(value)
		case "content-length":
			if n, err := strconv.ParseInt(value, 10, 64); err == nil && n >= 0 {
				q.Declared = n
			}
		}
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
