package op

type Ops struct{}
