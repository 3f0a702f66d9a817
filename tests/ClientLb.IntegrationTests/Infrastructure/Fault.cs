namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>How a server ends a connection, and when.</summary>
internal enum Fault
{
    None,
    CloseBeforeReading,
    ResetBeforeReading,
    ResetBeforeBody,
    CloseAfterReading,
    ResetAfterReading,
    CloseInHead,
    CloseInBody,
    CloseAfterAnswer,
    ResetAfterAnswer,
}
