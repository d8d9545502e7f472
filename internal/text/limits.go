package text

var limits = Table{}
