package event

type Event interface{ ImplementsEvent() }
