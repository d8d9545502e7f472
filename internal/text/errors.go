package text

var errors = Table{}
