namespace ClientLb.IntegrationTests.Health;

/// <summary>A test that needs @grpc/grpc-js, which no distribution packages: it runs where the package is.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GrpcNodeFactAttribute : FactAttribute
{
    public GrpcNodeFactAttribute()
    {
        if (!GrpcPrograms.HasNode)
        {
            Skip = GrpcPrograms.NodeMissing;
        }
    }
}
