namespace ClientLb.Grpc.Tests.GrpcNetClient;

/// <summary>Several servers.</summary>
internal sealed class Servers : IAsyncDisposable
{
    public List<EchoServer> All { get; } = [];

    public static async Task<Servers> StartAsync(int count)
    {
        var servers = new Servers();
        for (var i = 0; i < count; i++)
        {
            servers.All.Add(await EchoServer.StartAsync());
        }

        return servers;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in All)
        {
            await server.DisposeAsync();
        }
    }
}
