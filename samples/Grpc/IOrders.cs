namespace ClientLb.Samples.Grpc;

/// <summary>A gRPC client of the service, in one of the ways in which ClientLb balances it.</summary>
internal interface IOrders : IDisposable
{
    /// <summary>Asks for an order.</summary>
    /// <returns>The status by its number, and whether it is a failure.</returns>
    Task<(string Status, bool IsFailed)> GetAsync();
}
