package report

import "github.com/gomedic/gomedic/internal/text"

// Failure is an error for people: one line that says what, one that says what
// to do. A command that ends in one exits with ExitFailed.
type Failure struct {
	What text.Text
	Hint text.Text
	Err  error // the cause; may be nil
}

// Error returns the English sentence and the cause.
func (f *Failure) Error() string {
	if f.Err != nil {
		return f.What.String() + ": " + f.Err.Error()
	}
	return f.What.String()
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Fail returns a Failure made of two sentences.
func Fail(err error, what, hint text.Text) *Failure {
	return &Failure{What: what, Hint: hint, Err: err}
}
