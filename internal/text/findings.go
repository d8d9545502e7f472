package text

var findings = Table{}
