// The style sheet is imported for its effect: there is nothing in it for a program.
export {}
