namespace ClientLb.Http;

/// <summary>The body of an answer broke off, or fell silent, while it was read for the caller: a failure of its endpoint.</summary>
internal sealed class BrokenBodyException(string message, Exception inner) : IOException(message, inner);
