// Package shared is what the host and all generations know.
package shared

import "fmt"

// Component is what the host shows.
type Component func() string

// Text takes a component from what was built.
func Text(v any) (Component, error) {
	c, ok := v.(Component)
	if !ok {
		return nil, fmt.Errorf("%T is no shared.Component", v)
	}
	return c, nil
}
