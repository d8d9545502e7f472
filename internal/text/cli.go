package text

var cli = Table{}
